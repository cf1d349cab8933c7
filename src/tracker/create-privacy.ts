import type { TrackerConfig } from '../config/load-config.ts'
import { systemClock } from '../core/clock.ts'
import { createGuard } from '../core/guard.ts'
import type { Logger } from '../core/logger.ts'
import { createSanitiser, type Sanitiser } from '../privacy/sanitise.ts'
import { readCurrentKey } from './hash-keys.ts'

/** The choke point every event passes, as configured. */
export function createPrivacy(
  config: TrackerConfig,
  logger: Logger,
  redactor: ((text: string) => string) | undefined,
): Sanitiser {
  const guard = createGuard(logger, systemClock)
  return createSanitiser({
    redactPii: config.redactPii,
    entities: config.redactEntities,
    allow: config.redactAllow,
    hashUserIds: config.hashUserIds,
    hashKey: readCurrentKey(config),
    previousHashKey: config.hashKeyPrevious,
    ...(redactor && { redactor }),
    sampleLength: config.sampleLength,
    onFault: guard.report,
    onWarning: (message) => logger.warn({}, message),
  })
}
