import { isDeepStrictEqual } from 'node:util'
import type { TrackerSettings } from '../config/settings.ts'
import type { TrackerConfig } from '../config/tracker-config.ts'
import { ConfigurationError } from '../core/errors.ts'
import { getShared } from '../core/registry.ts'
import type { CustomCounter } from '../tokens/custom-counters.ts'
import { createTokenTracker, toConfig } from './create-tracker.ts'
import type { TokenLogger } from './token-logger.ts'
import type { TokenTracker } from './tracker.ts'

/** Which tracker an adapter works with. */
export interface TrackerChoice {
  /** A tracker of your own. Default: the one of this process. */
  readonly tracker?: TokenTracker | undefined
  /** Settings for the tracker of this process, used by whoever makes it first. Ignored beside `tracker`. */
  readonly settings?: TrackerSettings | TrackerConfig | undefined
}

/**
 * The tracker of this process, made at the first call. Shared by the ES module and the CommonJS build.
 * @throws ConfigurationError when it was made with other settings: ignoring them would be a silent surprise
 */
export function getDefaultTracker(given?: TrackerSettings | TrackerConfig): TokenTracker {
  const tracker = getShared('default-tracker', () => createTokenTracker(given))
  if (given !== undefined && !isDeepStrictEqual(tracker.config, toConfig(given))) {
    const problem =
      'the tracker of this process was already made with other settings; pass them to the first call ' +
      '(registerCustomCounter and getTokenLogger make it too), or give `tracker: createTokenTracker(settings)`'
    throw new ConfigurationError([{ name: 'settings', problem }])
  }
  return tracker
}

/**
 * The logger of the process-wide tracker, for usage that passes no middleware.
 * @param settings for the call that makes the tracker; a later call may leave them out or repeat them
 * @throws ConfigurationError at the first call when the configuration is faulty, at a later one when it differs
 */
export function getTokenLogger(settings?: TrackerSettings | TrackerConfig): TokenLogger {
  return getDefaultTracker(settings).logger
}

/**
 * Registers a token counter with the process-wide tracker, for the middleware and manual logging alike. It comes before
 * every other way to count: exact names beat patterns, later registrations beat earlier ones.
 * @param model a model name (any case) or a pattern of names
 * @param counter gets a text and answers its number of tokens, or a promise of it; when it fails, others count
 * @returns a function that unregisters it
 * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT`
 */
export function registerCustomCounter(model: string | RegExp, counter: CustomCounter): () => void {
  return getDefaultTracker().counters.register(model, counter)
}
