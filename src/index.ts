export { tokenUsageMiddleware, type TokenUsageOptions } from './adapters/node.ts'
export type { Identity } from './capture/exchange.ts'
export type { ExchangeOptions, ExchangeSource } from './capture/exchange-options.ts'
export { loadConfig, type Environment, type TrackerConfig } from './config/load-config.ts'
export type { TrackerSettings } from './config/settings.ts'
export {
  ConfigurationError,
  TokenTrackerError,
  type ConfigurationIssue,
  type TokenTrackerErrorCode,
} from './core/errors.ts'
export type { EventStatus, SanitisedEvent, UsageEvent } from './core/event.ts'
export type { TokenCounts, TokenSource } from './core/usage.ts'
export type { Sink } from './delivery/sink.ts'
export type { PriceExplanation, PriceQuery } from './pricing/pricing.ts'
export type { Price } from './pricing/quote.ts'
export type { CustomCounter } from './tokens/custom-counters.ts'
export { createTokenTracker } from './tracker/create-tracker.ts'
export { getTokenLogger, registerCustomCounter } from './tracker/default-tracker.ts'
export type { TokenUsageEntry } from './tracker/manual-entry.ts'
export type { TokenLogger } from './tracker/token-logger.ts'
export type { CounterRegistry, NodeMiddleware, TokenTracker, TrackerOptions } from './tracker/tracker.ts'
export type { TrackerStats } from './tracker/tracker-stats.ts'
