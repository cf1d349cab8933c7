import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')

export interface PackedPackage {
  /** A folder whose node_modules holds the package as npm would install it. */
  readonly folder: string
  remove(): void
}

/** Packs the built package and installs the tarball, dependencies linked from the checkout: no registry is asked. */
export async function installPackedPackage(): Promise<PackedPackage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-pack-'))
  const modules = path.join(folder, 'node_modules')
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
  })
  await run('tar', ['-xzf', stdout.trim(), '-C', folder], { cwd: folder })
  mkdirSync(modules)
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name))
  }
  cpSync(path.join(folder, 'package'), path.join(modules, 'token-usage-tracker'), { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
