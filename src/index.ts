export { tokenUsageMiddleware, type TokenUsageOptions } from './adapters/node.ts'
export type { Identity } from './capture/exchange.ts'
export type { ExchangeOptions, ExchangeSource } from './capture/exchange-options.ts'
export type {
  OutgoingCall,
  OutgoingCallOptions,
  OutgoingRequest,
  OutgoingResponse,
} from './capture/web/track-outgoing-call.ts'
export type { HandlerScope } from './capture/exchange-scope.ts'
export type { WebSource } from './capture/web/track-web-exchange.ts'
export { loadConfig } from './config/load-config.ts'
export type { RedactedEntity, SizeText, TrackerSettings, UserHeaderNames } from './config/settings.ts'
export type { Environment, GivenPrice, TrackerConfig } from './config/tracker-config.ts'
export {
  ConfigurationError,
  TokenTrackerError,
  type ConfigurationIssue,
  type TokenTrackerErrorCode,
} from './core/errors.ts'
export type { EventStatus, OtherModelUsage, Sanitised, SanitisedEvent, UsageEvent } from './core/records/event.ts'
export type { UsageDetails } from './core/records/usage-details.ts'
export type { UnwatchedReason } from './config/explain-unwatched.ts'
export type { Logger, LogLevel } from './core/logger.ts'
export type { TokenCounts, TokenSource } from './core/records/usage.ts'
export type { PipelineStats } from './delivery/pipeline.ts'
export type { SinkStats } from './delivery/sink-delivery.ts'
export type { AddSink, Sink } from './delivery/sink.ts'
export type { SpoolStats } from './delivery/spool/spool.ts'
export type { Cost } from './pricing/cost.ts'
export type { ConsideredPrice, ExplainedLine } from './pricing/explain.ts'
export type { ExplainOptions, PriceExplanation, PriceQuery } from './pricing/pricing.ts'
export type { Price } from './pricing/quote.ts'
export type { Accuracy } from './tokens/calibration.ts'
export type { CustomCounter } from './tokens/custom-counters.ts'
export type { EstimationStats } from './tokens/token-estimator.ts'
export type { CountQueueStats } from './tokens/worker/count-queue.ts'
export { createTokenTracker } from './tracker/create-tracker.ts'
export { getTokenLogger, registerCustomCounter, type TrackerChoice } from './tracker/default-tracker.ts'
export type { TokenUsageEntry } from './tracker/manual-entry.ts'
export type { RepeatReason } from './interpret/counted-once.ts'
export type { IgnoredReason } from './interpret/interpret-exchange.ts'
export type { ExchangeLogStats } from './tracker/exchange-log.ts'
export type { TokenLogger } from './tracker/token-logger.ts'
export { getTrackerEntries, type TrackerEntries } from './tracker/tracker-entries.ts'
export type {
  CounterRegistry,
  NodeMiddleware,
  TokenTracker,
  TrackerOptions,
  TrackerPricing,
} from './tracker/tracker.ts'
export type { TrackerStats } from './tracker/tracker-stats.ts'
