import { clearTimeout, setTimeout } from 'node:timers'
import { createFifo } from '../core/fifo.ts'
import type { SanitisedEvent } from '../core/records/event.ts'
import type { Guard } from '../core/guard.ts'
import { estimateEventBytes } from './event-size.ts'
import type { QueuedEvent } from './outbox.ts'
import { checkSink, type AddSink, type Sink } from './sink.ts'
import { createSinkDelivery, MAX_BATCH_EVENTS, type SinkDelivery, type SinkStats } from './sink-delivery.ts'
import type { Spool } from './spool/spool.ts'

export interface DeliveriesOptions {
  readonly queueSize: number
  readonly queueMaxBytes: number
  readonly flushIntervalMs: number
  /** False delivers every event at once. */
  readonly batched: boolean
  readonly guard: Guard
  readonly spool: Spool | null
}

/** All sinks of one tracker, each with its own outbox. */
export interface Deliveries {
  /** @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no sink, or a second one of a name */
  readonly add: AddSink
  /**
   * Takes an event: at once, or while a sink that works is full, when there is room, in order of arrival. On disk there
   * always is.
   */
  offer(event: SanitisedEvent): void | Promise<void>
  /** Delivers what the spool holds and memory does not. */
  catchUp(): void
  /** Resolves when each sink has what waits for it now, or failed once. Never rejects. */
  flush(): Promise<void>
  /** Hands over what waits before it returns, to sinks that can take it so. */
  deliverSync(isExit: boolean): void
  close(): void
  shutdown(): Promise<void>
  /** Events that waited for room, and found it. */
  readonly admitted: number
  /** Something waits that another attempt could deliver. */
  readonly isDue: boolean
  readonly isFailing: boolean
  readonly stats: Readonly<Record<string, SinkStats>>
}

interface Arrival {
  readonly entry: QueuedEvent
  resolve(): void
}

export function createDeliveries(options: DeliveriesOptions): Deliveries {
  const { guard, spool, queueSize, queueMaxBytes } = options
  const deliveries = new Map<string, SinkDelivery>()
  // An outbox smaller than two batches must not run full while it waits for the timer.
  const fullBatch = options.batched ? Math.min(MAX_BATCH_EVENTS, Math.ceil(queueSize / 2)) : 1
  const limits = { maxEvents: queueSize, maxBytes: queueMaxBytes, fullBatch, guard, spool, onRoom: admit }
  /** Who waits for room. Its length is bounded by the queue in front, which counts what they hold. */
  const waiting = createFifo<Arrival>()
  let next: Arrival | undefined
  let admitted = 0
  let timer: NodeJS.Timeout | undefined

  const all = () => [...deliveries.values()]

  function hasRoomFor({ bytes }: QueuedEvent): boolean {
    for (const delivery of deliveries.values()) if (!delivery.hasRoomFor(bytes)) return false
    return true
  }

  function put(entry: QueuedEvent): void {
    for (const delivery of deliveries.values()) delivery.offer(entry)
    // Also behind full batches: what they leave over must not wait for the next one.
    if (options.batched) schedule()
  }

  function admit(): void {
    while (next && hasRoomFor(next.entry)) {
      const { entry, resolve } = next
      next = waiting.shift()
      put(entry)
      resolve()
      admitted++
    }
    if (next) askForRoom()
  }

  function waitForRoom(entry: QueuedEvent): Promise<void> {
    return new Promise((resolve) => {
      const arrival = { entry, resolve }
      if (next) waiting.push(arrival)
      else next = arrival
      askForRoom()
    })
  }

  /** Full by bytes there may be less than a full batch, which nobody would deliver before the timer. */
  function askForRoom(): void {
    for (const delivery of deliveries.values()) delivery.deliver()
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      for (const delivery of deliveries.values()) delivery.deliver()
    }, options.flushIntervalMs).unref()
  }

  return {
    add(sink: Sink<unknown>) {
      checkSink(sink, deliveries)
      spool?.addSink(sink.name)
      deliveries.set(sink.name, createSinkDelivery(sink, limits))
    },
    offer(event) {
      const spooled = spool?.append(event).spooled ?? null
      const entry = { event, spooled, bytes: estimateEventBytes(event) }
      if (spooled || (next === undefined && hasRoomFor(entry))) return put(entry)
      return waitForRoom(entry)
    },
    catchUp() {
      for (const delivery of deliveries.values()) delivery.catchUp()
    },
    async flush() {
      await Promise.all(all().map((delivery) => delivery.flush()))
    },
    deliverSync(isExit) {
      let before
      // What finds room behind one sink waits for those that had their turn.
      do {
        before = admitted
        for (const delivery of deliveries.values()) delivery.deliverSync(isExit)
      } while (admitted > before)
    },
    close() {
      clearTimeout(timer)
      for (const delivery of deliveries.values()) delivery.close()
      admit()
    },
    async shutdown() {
      clearTimeout(timer)
      await Promise.all(all().map((delivery) => delivery.shutdown()))
    },
    get admitted() {
      return admitted
    },
    get isDue() {
      return all().some((delivery) => delivery.isDue)
    },
    get isFailing() {
      return all().some((delivery) => delivery.isFailing)
    },
    get stats() {
      return Object.fromEntries([...deliveries].map(([name, delivery]) => [name, delivery.stats]))
    },
  }
}
