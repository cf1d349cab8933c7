import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { toErrorMessage } from '../../core/errors.ts'

/** Why a log file will not be writable, as far as that can be told without making it; `null` where it should be. */
export function findLogFileFault(file: string): string | null {
  try {
    let at = file
    let found = statSync(at, { throwIfNoEntry: false })
    if (found?.isDirectory()) return `expected a file at ${file}, got a folder`
    while (!found) {
      at = path.dirname(at)
      found = statSync(at, { throwIfNoEntry: false })
    }
    accessSync(at, constants.W_OK)
    return null
  } catch (error) {
    return `expected a file that can be written, got: ${toErrorMessage(error)}`
  }
}
