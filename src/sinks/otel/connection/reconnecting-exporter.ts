/** An exporter whose connection can be made anew. */
export interface ReconnectingExporter<Exporter> {
  readonly current: Exporter
  /** Replaces the exporter, unless that happened just before. Exports under way come to their own end. */
  reconnect(): void
}

/** Milliseconds between two replacements; gRPC itself first waits about as long. */
const MIN_INTERVAL = 1_000

/**
 * After each failed attempt gRPC waits longer for the next, up to two minutes, and the exporters have no setting for
 * that: a collector that is back would get nothing for as long as it was away. A fresh connection is tried at once.
 * `create` must give each attempt a user agent of its own, for gRPC shares the wait between equal connections.
 */
export function createReconnectingExporter<Exporter extends { shutdown(): Promise<void> }>(
  create: (attempt: number) => Exporter,
): ReconnectingExporter<Exporter> {
  let attempt = 1
  let current = create(attempt)
  let connectedAt = performance.now()
  return {
    get current() {
      return current
    },
    reconnect() {
      if (performance.now() - connectedAt < MIN_INTERVAL) return
      const replaced = current
      current = create(++attempt)
      connectedAt = performance.now()
      // Not waited for, and of no interest when it fails: so did the exports.
      replaced.shutdown().catch(() => {})
    },
  }
}
