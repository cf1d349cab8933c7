import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it that are missing. Not by `recursive`: Node then asks for ever where a parent takes no
 * folder and says `ENOENT`, as `/proc` does.
 * @throws when one of them cannot be made
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = []
  for (let at = path.resolve(folder); !existsSync(at); at = path.dirname(at)) missing.unshift(at)
  for (const next of missing) {
    try {
      mkdirSync(next, { mode })
    } catch (error) {
      // Another process was faster.
      if (!existsSync(next)) throw error
    }
  }
}
