import type { IncomingHttpHeaders } from 'node:http'
import type { TraceContext } from './exchange.ts'

/**
 * The OpenTelemetry API keeps its globals under this symbol and its context keys under `Symbol.for`, so the active span
 * can be read without loading any of its packages: a host without OpenTelemetry pays one property look-up a request.
 */
const API = Symbol.for('opentelemetry.js.api.1')
const RPC_METADATA = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA')
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')

interface Context {
  getValue(key: symbol): unknown
}

interface Span {
  spanContext(): { traceId: string; spanId: string; traceFlags: number }
}

/** Version 00 ends with the flags; later versions may go on (W3C Trace Context §3.2). Version ff is invalid. */
const TRACEPARENT = /^(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/**
 * The span an exchange belongs to: the HTTP server span where the host has one (inside Express middleware the active span
 * is the middleware's own, so the RPC metadata is asked first), else the active span, else the caller's `traceparent`.
 */
export function readTraceContext(headers: IncomingHttpHeaders): TraceContext | null {
  return readActiveSpan() ?? readTraceparent(headers['traceparent'])
}

function readActiveSpan(): TraceContext | null {
  const api = (globalThis as { [API]?: { context?: { active(): Context } } })[API]
  if (!api?.context) return null
  try {
    const context = api.context.active()
    const server = context.getValue(RPC_METADATA) as { span?: Span } | undefined
    const span = server?.span ?? (context.getValue(SPAN) as Span | undefined)
    if (!span) return null
    const { traceId, spanId, traceFlags } = span.spanContext()
    return isValid(traceId, spanId) ? { traceId, spanId, flags: traceFlags } : null
  } catch {
    // The host's context manager failed: its span is unknown, the exchange is counted all the same.
    return null
  }
}

function readTraceparent(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string') return null
  const match = TRACEPARENT.exec(header.trim())
  const [, traceId = '', spanId = '', flags = ''] = match ?? []
  return isValid(traceId, spanId) ? { traceId, spanId, flags: Number.parseInt(flags, 16) } : null
}

function isValid(traceId: string, spanId: string): boolean {
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId)
}
