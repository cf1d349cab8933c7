import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runCommandLine } from '../../src/cli/command-line.ts'
import type { Environment } from '../../src/config/load-config.ts'

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `token-tracker <args>` in this process. No data set of prices, unless `env` says so. */
export async function runCommand(args: readonly string[], env: Environment = {}): Promise<CommandResult> {
  let stdout = ''
  let stderr = ''
  const exitCode = await runCommandLine(args, {
    env: { TOKEN_TRACKER_PRICING_DATASET: 'off', ...env },
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  })
  return { exitCode, stdout, stderr }
}

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-cli-'))

/** Path of a new file in a folder of this test run. */
export function writeTestFile(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}
