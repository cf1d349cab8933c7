/** Where `@opentelemetry/api` 1.x keeps what a host registered. Read here, never written. */
const apiSlot = Symbol.for('opentelemetry.js.api.1')

interface RegisteredApi {
  readonly trace?: unknown
  readonly metrics?: unknown
}

/**
 * True when there is something to send to: an endpoint of ours, or an SDK that the host registered.
 * Looks at the slot itself, so that a server without OpenTelemetry does not load its API to learn that.
 */
export function hasOpenTelemetryTarget(endpoint: string | null, traces: boolean): boolean {
  if (endpoint !== null) return true
  const registered = (globalThis as { readonly [apiSlot]?: RegisteredApi })[apiSlot]
  return registered?.metrics !== undefined || (traces && registered?.trace !== undefined)
}
