import type { ExchangeOptions } from '../capture/exchange-options.ts'
import { settings as knownSettings } from '../config/env-schema.ts'
import { TokenTrackerError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { getDefaultTracker, type TrackerChoice } from './default-tracker.ts'
import type { TokenTracker } from './tracker.ts'
import { getTrackerEntries, isTracker } from './tracker-entries.ts'

type AdapterOptions = TrackerChoice & ExchangeOptions<never, never>

/**
 * Parts the options of an adapter into the tracker it works with and what its exchanges are asked for.
 * @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what TypeScript would refuse: taken silently, it would count nobody
 * @throws ConfigurationError for faulty settings
 */
export function chooseTracker<Options extends AdapterOptions>(
  options: Options,
): { readonly tracker: TokenTracker; readonly exchangeOptions: Omit<Options, keyof TrackerChoice> } {
  const problem = findProblem(options)
  if (problem !== null) throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', problem)
  const { settings, tracker = getDefaultTracker(settings), ...exchangeOptions } = options
  // Says what is wrong with one that is none.
  getTrackerEntries(tracker)
  return { tracker, exchangeOptions }
}

function findProblem(options: unknown): string | null {
  if (!isObject(options)) return 'expected options like { identify, metadata, tags, settings }, or none'
  if (isTracker(options)) return 'expected options, got a tracker: pass it as { tracker }'
  const misplaced = Object.keys(options).filter((name) => Object.hasOwn(knownSettings, name))
  if (misplaced.length > 0) return `expected settings under \`settings\`: { settings: { ${misplaced.join(', ')} } }`
  if (options['tracker'] !== undefined && options['settings'] !== undefined)
    return 'expected `tracker` or `settings`, got both: a tracker has its settings already'
  for (const name of ['identify', 'metadata'])
    if (options[name] !== undefined && typeof options[name] !== 'function')
      return `expected \`${name}\` to be a function`
  const { tags, waitUntil } = options
  if (waitUntil !== undefined && waitUntil !== 'delivered' && typeof waitUntil !== 'function')
    return "expected `waitUntil` to be a function that takes a promise, or 'delivered'"
  const isListOfTags = Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')
  return tags === undefined || isListOfTags ? null : "expected `tags` to be a list of texts, like ['chat']"
}
