import type { TrackerConfig } from '../config/load-config.ts'
import type { Guard } from '../core/guard.ts'
import type { Logger } from '../core/logger.ts'
import { createSanitiser, type Sanitiser } from '../privacy/sanitise.ts'
import { readCurrentKey } from './hash-keys.ts'

/** The choke point every event passes, as configured. */
export function createPrivacy(config: TrackerConfig, logger: Logger, guard: Guard): Sanitiser {
  return createSanitiser({
    redactPii: config.redactPii,
    entities: config.redactEntities,
    allow: config.redactAllow,
    hashUserIds: config.hashUserIds,
    hashKey: readCurrentKey(config),
    previousHashKey: config.hashKeyPrevious,
    onFault: guard.report,
    onWarning: (message) => logger.warn({}, message),
  })
}
