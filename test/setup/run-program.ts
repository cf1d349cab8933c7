import { spawn, type ChildProcessByStdio } from 'node:child_process'
import path from 'node:path'
import type { Readable } from 'node:stream'

export interface Program {
  readonly child: ChildProcessByStdio<null, Readable, null>
  readonly output: string
  /** Resolves when the output holds `text`; rejects after ten seconds. */
  waitFor(text: string): Promise<void>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Runs an ES module in a process of its own, against the built package. */
export function runProgram(source: string, env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { ...process.env, TOKEN_TRACKER_LOG_LEVEL: 'silent', TOKEN_TRACKER_PRICING_DATASET: 'off', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return {
    child,
    get output() {
      return output
    },
    async waitFor(text) {
      const deadline = performance.now() + 10_000
      while (!output.includes(text)) {
        if (performance.now() > deadline) throw new Error(`expected ${text} in the output, got: ${output}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    ended: new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }))
    }),
  }
}
