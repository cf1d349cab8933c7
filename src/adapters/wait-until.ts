import type { WebSource } from '../capture/web/track-web-exchange.ts'
import { withDeadline } from '../core/deadline.ts'
import { isThenable } from '../core/thenable.ts'
import type { TokenTracker } from '../tracker/tracker.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'

/** For platforms that freeze a process when it has answered. */
export interface WaitUntilOption<Call extends readonly unknown[]> {
  /**
   * Keeps the process until the event of an exchange is delivered. A function is called once for each watched exchange,
   * with a promise that never rejects, and with what the handler was called with: `after` of Next.js, `waitUntil` of
   * `@vercel/functions`, `(delivered, request, env, context) => context.waitUntil(delivered)` on Workers. `'delivered'`
   * lets the response end only when the event is delivered: for AWS Lambda, which has nothing of the kind.
   *
   * Either takes TOKEN_TRACKER_SHUTDOWN_TIMEOUT at most. Default: events are delivered within
   * TOKEN_TRACKER_FLUSH_INTERVAL, by a process that goes on running.
   */
  readonly waitUntil?: 'delivered' | ((delivered: Promise<void>, ...call: Call) => void) | undefined
}

/** Calls `start` to get the promise that the platform is to wait for, if there is a platform that waits. */
export type Waiting = 'delivered' | ((start: () => Promise<void>) => void)

/** Watches an exchange as `trackWeb` does, and sees to it that its event is delivered in time. */
export function trackUntilDelivered<Answer extends Response | Promise<Response>>(
  tracker: TokenTracker,
  request: Request,
  source: Omit<WebSource, 'onWatched'>,
  waiting: Waiting,
  respond: () => Answer,
): Answer {
  const { trackWeb } = getTrackerEntries(tracker)
  let isHeld = false
  const onWatched = () => {
    isHeld = waiting === 'delivered'
    return waiting === 'delivered' ? null : startWaiting(tracker, waiting)
  }
  const answer = trackWeb(request, { ...source, onWatched }, respond)
  return isHeld ? hold(answer, tracker) : answer
}

/** Answers what must be called when the exchange has ended. */
function startWaiting(tracker: TokenTracker, waiting: Exclude<Waiting, string>): (() => void) | null {
  let onEnded: (() => void) | null = null
  waiting(() => new Promise<void>((resolve) => (onEnded = resolve)).then(() => deliver(tracker)))
  return onEnded
}

async function deliver(tracker: TokenTracker): Promise<void> {
  await withDeadline(tracker.flush(), tracker.config.shutdownTimeout * 1000)
}

/** Holds the end of an answer's body; where there is none, or no answer, the promise of it. */
function hold<Answer extends Response | Promise<Response>>(answer: Answer, tracker: TokenTracker): Answer {
  if (!isThenable(answer)) return holdEnd(answer, tracker) as Answer
  const holdAnswer = async (response: Response) => {
    if (response.body === null) await deliver(tracker)
    return holdEnd(response, tracker)
  }
  const holdError = async (error: unknown) => {
    await deliver(tracker)
    throw error
  }
  return answer.then(holdAnswer, holdError) as Answer
}

function holdEnd(response: Response, tracker: TokenTracker): Response {
  const { body, status, statusText, headers } = response
  if (body === null) return response
  const held = body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ flush: () => deliver(tracker) }))
  return new Response(held, { status, statusText, headers })
}
