import type { ConfigurationIssue } from '../core/errors.ts'
import type { TrackerConfig } from './tracker-config.ts'

/** Name of the runtime where it is one without files, threads and sockets; `null` on Node, Bun and Deno. */
export function findEdgeRuntime(): string | null {
  const { EdgeRuntime, navigator } = globalThis as {
    EdgeRuntime?: unknown
    navigator?: { readonly userAgent?: unknown }
  }
  if (typeof EdgeRuntime === 'string') return 'an edge runtime'
  return navigator?.userAgent === 'Cloudflare-Workers' ? 'Cloudflare Workers' : null
}

/** What is configured and cannot work on `runtime`: found out at start, not when the first event is to be written. */
export function findEdgeIssues(
  { fileLogging, otelEndpoint, spoolDir }: TrackerConfig,
  runtime: string,
): ConfigurationIssue[] {
  const sink = 'add a sink of your own by tracker.addSink, which sends events by fetch'
  const needs = (setting: string, what: string) => ({
    name: `TOKEN_TRACKER_${setting}`,
    problem: `expected a runtime with ${what}, got ${runtime}: leave it out there, and ${sink}`,
  })
  const issues: ConfigurationIssue[] = []
  if (fileLogging) issues.push(needs('FILE_LOGGING', 'files'))
  if (spoolDir !== null) issues.push(needs('SPOOL_DIR', 'files'))
  if (otelEndpoint !== null) issues.push(needs('OTEL_ENDPOINT', 'sockets'))
  return issues
}
