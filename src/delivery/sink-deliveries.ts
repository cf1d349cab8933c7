import { setTimeout as sleep } from 'node:timers/promises'
import type { SanitisedEvent } from '../core/event.ts'
import type { Guard } from '../core/guard.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import { checkSink } from './check-sink.ts'
import { estimateEventBytes } from './event-size.ts'
import type { QueuedEvent } from './queued-event.ts'
import type { Sink } from './sink.ts'
import { createSinkDelivery, MAX_BATCH_EVENTS, type SinkDelivery, type SinkStats } from './sink-delivery.ts'
import type { SpoolPosition } from './spool/segment-writer.ts'
import type { Spool } from './spool/spool.ts'

export interface SinkDeliveriesOptions {
  readonly queueSize: number
  readonly queueMaxBytes: number
  readonly flushIntervalMs: number
  /** False delivers every event at once. */
  readonly batched: boolean
  readonly guard: Guard
  readonly spool: Spool | null
}

/** All sinks of one tracker, each with its own queue. */
export interface SinkDeliveries {
  /** @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no sink, or a second one of a name */
  add(sink: Sink): void
  /**
   * Takes an event: at once, or while a sink that works is full, when there is room, in order of arrival. `spooled`: where
   * the event lies on disk, `null` when it is in memory only.
   */
  offer(event: SanitisedEvent, spooled: SpoolPosition | null): MaybePromise<void>
  /** Delivers what the spool holds and memory does not. */
  catchUp(): void
  /** Resolves when each sink has what waits for it, or failed once. Never rejects. */
  flush(): Promise<void>
  shutdown(): Promise<void>
  readonly isWaiting: boolean
  readonly stats: Readonly<Record<string, SinkStats>>
}

/** Between two looks for room behind the sinks. */
const ROOM_PAUSE_MS = 5

export function createSinkDeliveries(options: SinkDeliveriesOptions): SinkDeliveries {
  const { guard, spool, queueSize, queueMaxBytes } = options
  const deliveries = new Map<string, SinkDelivery>()
  // A queue smaller than two batches must not run full while it waits for the timer.
  const fullBatch = Math.min(MAX_BATCH_EVENTS, Math.ceil(queueSize / 2))
  const limits = { maxEvents: queueSize, maxBytes: queueMaxBytes }
  let timer: NodeJS.Timeout | null = null
  /** When the last of those who wait for room has it: whoever comes now stands behind. */
  let room: Promise<void> | null = null
  let waitingForRoom = 0

  function deliver(everything: boolean): void {
    for (const delivery of deliveries.values()) delivery.deliver(everything)
  }

  function isFull(): boolean {
    for (const delivery of deliveries.values()) if (delivery.backlog >= queueSize) return true
    return false
  }

  function put(entry: QueuedEvent): void {
    let longest = 0
    for (const delivery of deliveries.values()) {
      delivery.offer(entry)
      longest = Math.max(longest, delivery.waiting)
    }
    if (!options.batched) deliver(true)
    else if (longest >= fullBatch) deliver(false)
    // Also behind full batches: what they leave over must not wait for the next one.
    if (options.batched) schedule()
  }

  async function putBehind(others: Promise<void> | null, entry: QueuedEvent): Promise<void> {
    waitingForRoom++
    try {
      await others
      while (isFull()) await sleep(ROOM_PAUSE_MS)
      put(entry)
    } finally {
      if (--waitingForRoom === 0) room = null
    }
  }

  function schedule(): void {
    if (timer) return
    timer = setTimeout(() => {
      timer = null
      deliver(true)
    }, options.flushIntervalMs)
    timer.unref()
  }

  return {
    add(sink) {
      checkSink(sink, new Set(deliveries.keys()))
      spool?.addSink(sink.name)
      deliveries.set(sink.name, createSinkDelivery(sink, { ...limits, fullBatch, guard, spool }))
    },
    offer(event, spooled) {
      const entry = { event, spooled, bytes: estimateEventBytes(event) }
      // With a spool there is always room.
      if (spool || (room === null && !isFull())) return put(entry)
      room = putBehind(room, entry)
      return room
    },
    catchUp() {
      for (const delivery of deliveries.values()) delivery.catchUp()
      deliver(true)
    },
    async flush() {
      await Promise.all([...deliveries.values()].map((delivery) => delivery.flush()))
    },
    async shutdown() {
      if (timer) clearTimeout(timer)
      await Promise.all([...deliveries.values()].map((delivery) => delivery.shutdown()))
    },
    get isWaiting() {
      return [...deliveries.values()].some((delivery) => delivery.waiting > 0)
    },
    get stats() {
      return Object.fromEntries([...deliveries].map(([name, delivery]) => [name, delivery.stats]))
    },
  }
}
