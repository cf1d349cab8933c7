import { readFileSync } from 'node:fs'
import type { TrackerConfig } from '../config/load-config.ts'
import { ConfigurationError, toErrorMessage } from '../core/errors.ts'
import { readHashKey } from '../privacy/pseudonym.ts'

type KeySettings = Pick<TrackerConfig, 'hashKey' | 'hashKeyFile' | 'hashKeyPrevious'>

/** `null` when none is set. @throws ConfigurationError when the key is too short or its file cannot be read */
export function readCurrentKey({ hashKey, hashKeyFile }: KeySettings): Buffer | null {
  if (hashKey !== null) return readHashKey('TOKEN_TRACKER_HASH_KEY', hashKey)
  return hashKeyFile === null ? null : readHashKey(KEY_FILE, readKeyFile(hashKeyFile))
}

/** `null` when none is set. @throws ConfigurationError when the key is too short */
export function readPreviousKey({ hashKeyPrevious }: KeySettings): Buffer | null {
  return hashKeyPrevious === null ? null : readHashKey('TOKEN_TRACKER_HASH_KEY_PREVIOUS', hashKeyPrevious)
}

const KEY_FILE = 'TOKEN_TRACKER_HASH_KEY_FILE'

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const problem = `expected a readable file, got ${toErrorMessage(error)}`
    throw new ConfigurationError([{ name: KEY_FILE, problem }], { cause: error })
  }
}
