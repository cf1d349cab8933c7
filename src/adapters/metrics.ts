import type { IncomingMessage, ServerResponse } from 'node:http'
import { toErrorMessage } from '../core/errors.ts'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import type { TrackerChoice } from '../tracker/default-tracker.ts'
import { getScrapeSink } from '../tracker/scraping.ts'

export interface MetricsHandlerOptions extends TrackerChoice {}

/**
 * Answers a scrape with the metrics of a tracker, for servers without a collector: `app.get('/metrics', metricsHandler())`
 * on Express, `metricsHandler()(request, response)` on node:http. Counts from the moment it is made, so make it at start.
 * What it answers is for your Prometheus alone: keep others away.
 * @throws ConfigurationError and TokenTrackerError `TT_ERR_INVALID_ARGUMENT` when it is made, never in a request
 */
export function metricsHandler(
  options: MetricsHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = createAnswer(options)
  async function respond(response: ServerResponse): Promise<void> {
    const { status, type, text } = await answer()
    // Somebody else has answered meanwhile, or the scraper has left.
    if (response.headersSent || response.destroyed) return
    response.statusCode = status
    response.setHeader('content-type', type)
    response.end(text)
  }
  return (_request, response) => void respond(response)
}

/** The same for web-standard handlers: Hono, Next.js, Fastify, Bun, Deno. */
export function webMetricsHandler(options: MetricsHandlerOptions = {}): (request?: unknown) => Promise<Response> {
  const answer = createAnswer(options)
  return async () => {
    const { status, type, text } = await answer()
    return new Response(text, { status, headers: { 'content-type': type } })
  }
}

function createAnswer(options: MetricsHandlerOptions) {
  const { tracker } = chooseTracker(options)
  const sink = getScrapeSink(tracker)
  return async () => {
    try {
      return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: await sink.scrape() }
    } catch (error) {
      return { status: 503, type: 'text/plain; charset=utf-8', text: `Token Tracker: ${toErrorMessage(error)}\n` }
    }
  }
}
