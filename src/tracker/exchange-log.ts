import { createUnwatchedReasons, type UnwatchedReason } from '../config/explain-unwatched.ts'
import type { TrackerConfig } from '../config/tracker-config.ts'
import { cutText } from '../core/bounded-text.ts'
import type { Logger } from '../core/logger.ts'
import { createRecentKeys } from '../core/recent-keys.ts'
import type { IgnoredReason } from '../interpret/interpret-exchange.ts'
import { withoutControls } from '../privacy/controls.ts'

/** Tells what became of exchanges that yield no event: counts all, and at level debug names each path once. */
export interface ExchangeLog {
  /** An incoming request, or a call of this server's own. */
  onUnwatched(method: string | undefined, path: string, contentType: string | null | undefined): void
  onOwnCallUnwatched(method: string | undefined, path: string): void
  onIgnored(reason: IgnoredReason, method: string, path: string): void
  /** It yields an event, without numbers. */
  onUnknownFormat(method: string, path: string): void
  readonly stats: ExchangeLogStats
}

export interface ExchangeLogStats {
  /** Requests that are not watched, by reason. */
  readonly unmonitored: Readonly<Record<UnwatchedReason, number>>
  /** What `ignored` is the sum of. */
  readonly ignoredBy: Readonly<Record<IgnoredReason, number>>
}

export interface ExchangeLogOptions extends Pick<
  TrackerConfig,
  'monitoredEndpoints' | 'excludedEndpoints' | 'logLevel'
> {
  readonly logger: Logger
  /** Of a host, whose level is not known. */
  readonly isHostLogger: boolean
  /** Whether any exchange was watched by now. */
  hasWatched(): boolean
}

/** Paths named at level debug; the oldest is forgotten, and named again. */
const MAX_NAMED = 1_000
/** POSTs with JSON after which a server that has watched none is told so. */
const MANY_POSTS = 100
const MAX_EXAMPLES = 5

/** Longer ones name no endpoint. */
const MAX_PATH_LENGTH = 256

/** Clients write paths. */
function toReadable(path: string): string {
  return withoutControls(cutText(path, MAX_PATH_LENGTH))
}

const BECAUSE: Readonly<Record<UnwatchedReason | IgnoredReason, string>> = {
  method: 'is not watched: only POST is, and GET where an answer is fetched later',
  no_consumption: 'generates nothing: it has no event',
  excluded: 'is not watched: TOKEN_TRACKER_EXCLUDED_ENDPOINTS has it',
  path: 'is not watched: TOKEN_TRACKER_MONITORED_ENDPOINTS does not have it',
  nothing_consumed: 'was answered, and nothing consumed: it has no event',
  counted_before: 'tells of an answer that was counted before, or has not ended yet: it has no event',
  passed_on: 'passed on the answer to a call that trackFetch counted: it has no event of its own',
}

const PASSED_ON =
  'an answer that trackFetch counted was passed on to a client behind the middleware: it is counted once, as the call'

export function createExchangeLog(options: ExchangeLogOptions): ExchangeLog {
  const { logger, monitoredEndpoints, excludedEndpoints, logLevel } = options
  const reasons = createUnwatchedReasons(monitoredEndpoints, excludedEndpoints)
  const named = createRecentKeys(MAX_NAMED)
  // A host's logger may drop such lines: it gets them without what takes time.
  const isAsked = logLevel === 'debug' || logLevel === 'trace'
  const isDebug = options.isHostLogger || isAsked
  const unmonitored = { method: 0, no_consumption: 0, excluded: 0, path: 0 }
  const ignoredBy = { nothing_consumed: 0, counted_before: 0, passed_on: 0 }
  let unwatchedPosts = 0
  const examples = new Set<string>()

  function name(method: string | undefined, path: string, toText: () => string): void {
    if (!isDebug) return
    const call = `${method} ${toReadable(path)}`
    if (named.add(call)) logger.debug({}, `${call} ${toText()}`)
  }

  function countUnwatched(method: string | undefined, path: string): UnwatchedReason {
    const reason = reasons.find(method, path)
    unmonitored[reason]++
    name(method, path, () =>
      reason === 'path' && isAsked ? `${BECAUSE.path}, the nearest is ${reasons.findNearest(path)}` : BECAUSE[reason],
    )
    return reason
  }

  /** Once, for what nobody who mounts it wants: a middleware that never counts anything. */
  function warnOfMany(path: string): void {
    if (examples.size < MAX_EXAMPLES) examples.add(toReadable(path))
    if (++unwatchedPosts !== MANY_POSTS || options.hasWatched()) return
    logger.warn(
      {},
      `${MANY_POSTS} requests with JSON have passed and none is watched. Name the paths of yours in ` +
        `TOKEN_TRACKER_MONITORED_ENDPOINTS; among those that passed: ${[...examples].join(', ')}`,
    )
  }

  return {
    onUnwatched(method, path, contentType) {
      const reason = countUnwatched(method, path)
      if (reason === 'path' && unwatchedPosts < MANY_POSTS && contentType?.includes('json')) warnOfMany(path)
    },
    onOwnCallUnwatched: countUnwatched,
    onIgnored(reason, method, path) {
      // As it should be, and a surprise to whoever looks for two events.
      if (reason === 'passed_on' && ignoredBy.passed_on === 0) logger.info({}, PASSED_ON)
      ignoredBy[reason]++
      name(method, path, () => BECAUSE[reason])
    },
    onUnknownFormat(method, path) {
      name(method, path, () => 'was answered in no known format: its event has no counts')
    },
    get stats() {
      return { unmonitored: { ...unmonitored }, ignoredBy: { ...ignoredBy } }
    },
  }
}
