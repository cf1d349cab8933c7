import { readFileSync } from 'node:fs'
import type { TrackerConfig } from '../config/load-config.ts'
import { ConfigurationError, toErrorMessage } from '../core/errors.ts'
import type { Guard } from '../core/guard.ts'
import type { Logger } from '../core/logger.ts'
import { createSanitiser, type Sanitiser } from '../privacy/sanitise.ts'

/** The choke point every event passes, as configured. */
export function createPrivacy(config: TrackerConfig, logger: Logger, guard: Guard): Sanitiser {
  return createSanitiser({
    redactPii: config.redactPii,
    entities: config.redactEntities,
    allow: config.redactAllow,
    hashUserIds: config.hashUserIds,
    hashKey: config.hashKey ?? (config.hashKeyFile === null ? null : readKeyFile(config.hashKeyFile)),
    previousHashKey: config.hashKeyPrevious,
    onFault: guard.report,
    onWarning: (message) => logger.warn({}, message),
  })
}

/** Editors and `echo` end a file with a line break that is not part of the key. */
function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    const problem = `expected a readable file, got ${toErrorMessage(error)}`
    throw new ConfigurationError([{ name: 'TOKEN_TRACKER_HASH_KEY_FILE', problem }], { cause: error })
  }
}
