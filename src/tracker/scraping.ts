import { getShared } from '../core/registry.ts'
import { createScrapeSink, type ScrapeSink } from '../sinks/otel/scrape/scrape-sink.ts'
import { toHealth } from './tracker-health.ts'
import type { TokenTracker } from './tracker.ts'

/** One for each tracker, however many handlers it has. */
const sinks = getShared('scrape-sinks', () => new WeakMap<TokenTracker, ScrapeSink>())

/** Has the tracker keep its metrics for scraping from now on. */
export function getScrapeSink(tracker: TokenTracker): ScrapeSink {
  const known = sinks.get(tracker)
  if (known) return known
  const { config } = tracker
  const sink = createScrapeSink({
    serviceName: config.otelServiceName,
    genAiMetrics: config.otelGenaiMetrics,
    userAttribute: config.otelUserAttribute,
    metadataAttributes: config.otelMetadataAttributes,
    clientId: config.clientId,
    environment: config.otelEnvironment,
    readHealth: () => toHealth(tracker.getStats()),
  })
  tracker.addSink(sink)
  sinks.set(tracker, sink)
  return sink
}
