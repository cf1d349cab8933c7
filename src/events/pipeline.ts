import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { CompletedExchange } from '../capture/exchange.ts'
import type { SanitisedEvent, UsageEvent } from '../core/event.ts'
import type { Guard } from '../core/guard.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import { estimateDraftBytes, estimateExchangeBytes } from './event-size.ts'
import type { ExchangeDraft } from './exchange-draft.ts'
import type { Sink } from './sink.ts'
import type { Spool, SpoolStats } from './spool/spool.ts'
import { checkSink, createSinkDelivery, MAX_BATCH_EVENTS, type SinkDelivery, type SinkStats } from './sink-delivery.ts'
import { createWorkQueue } from './work-queue.ts'

export interface PipelineOptions {
  readonly queueSize: number
  readonly queueMaxBytes: number
  readonly flushIntervalMs: number
  /** False delivers every event at once. */
  readonly batched: boolean
  readonly guard: Guard
  readonly spool: Spool | null
  interpret(exchange: CompletedExchange): Promise<ExchangeDraft | null>
  complete(draft: ExchangeDraft): Promise<UsageEvent>
  sanitise(event: UsageEvent, known: KnownIdentity): SanitisedEvent
}

export interface PipelineStats {
  /** Exchanges and manual entries taken in. */
  readonly accepted: number
  /** Of those, answers that consumed nothing and yield no event. */
  readonly ignored: number
  /** Events made. */
  readonly events: number
  /** Not taken because the queue was full or shut down. */
  readonly rejected: number
  /** Taken in, but lost to a fault of ours. */
  readonly failed: number
  readonly queueDepth: number
  readonly sinks: Readonly<Record<string, SinkStats>>
  /** `null` without a spool. */
  readonly spool: SpoolStats | null
}

/** From the end of an exchange to the sinks: bounded, off the request path, each event sanitised before anybody sees it. */
export interface Pipeline {
  acceptExchange(exchange: CompletedExchange): boolean
  acceptDraft(draft: ExchangeDraft): boolean
  addSink(sink: Sink): void
  /** Resolves when everything accepted so far was offered to every sink, delivered or failed once. Never rejects. */
  flush(): Promise<void>
  /** Delivers what waits, asking failing sinks again, for `timeoutMs` at most. Never rejects. */
  drain(timeoutMs: number): Promise<void>
  /** Lets go of the spool, whose delivered events then do not come again at the next start. Never throws. */
  release(): void
  /** Takes no more, delivers within `timeoutMs`, and releases the sinks. */
  shutdown(timeoutMs: number): Promise<void>
  readonly stats: PipelineStats
}

/** Between two looks for room behind the sinks. */
const ROOM_PAUSE_MS = 5
/** Between two attempts to deliver at shutdown. */
const DRAIN_PAUSE_MS = 200
/** Sinks may close their files and sockets even when delivering took all the time. */
const LEAST_CLOSING_MS = 500

export function createPipeline(options: PipelineOptions): Pipeline {
  const { guard, spool, queueSize, queueMaxBytes } = options
  // With a spool the way from the end of an exchange to the disk is kept short: what is in memory dies with the process.
  const queue = createWorkQueue({
    maxJobs: queueSize,
    maxBytes: queueMaxBytes,
    immediate: !options.batched || spool !== null,
  })
  const deliveries = new Map<string, SinkDelivery>()
  const counts = { accepted: 0, ignored: 0, events: 0, rejected: 0, failed: 0 }
  // A queue smaller than two batches must not run full while it waits for the timer.
  const deliverAt = Math.min(MAX_BATCH_EVENTS, Math.ceil(queueSize / 2))
  let open = true
  let timer: NodeJS.Timeout | null = null

  function accept(bytes: number, toDraft: () => Promise<ExchangeDraft | null>): boolean {
    const refusal = findRefusal(bytes, toDraft)
    if (refusal === null) {
      counts.accepted++
      return true
    }
    counts.rejected++
    guard.report('queue overflow', `events are dropped: ${refusal}`)
    return false
  }

  function findRefusal(bytes: number, toDraft: () => Promise<ExchangeDraft | null>): string | null {
    if (!open) return 'the tracker is shut down'
    return queue.push({ bytes, run: () => process(toDraft) }) ? null : `${queue.depth} wait already`
  }

  /**
   * What was accepted must find room behind every sink that works: while one of those is full, events stay in the queue
   * in front, which in turn says no. A sink that fails or hangs is not waited for: its own queue overflows. With a spool
   * there is always room.
   */
  async function waitForRoom(): Promise<void> {
    const isFull = () => [...deliveries.values()].some((delivery) => delivery.backlog >= queueSize)
    while (!spool && isFull()) await sleep(ROOM_PAUSE_MS)
  }

  async function process(toDraft: () => Promise<ExchangeDraft | null>): Promise<void> {
    try {
      const draft = await toDraft()
      if (!draft) {
        counts.ignored++
        return
      }
      const event = options.sanitise(await options.complete(draft), draft.identity)
      await waitForRoom()
      offer(event)
    } catch (error) {
      counts.failed++
      guard.report('interpretation', error)
    }
  }

  function offer(event: SanitisedEvent): void {
    counts.events++
    // Shared between sinks: none may change what the others get.
    Object.freeze(event)
    Object.freeze(event.metadata)
    Object.freeze(event.tags)
    const entry = spool?.append(event) ?? { event, spooled: null }
    let longest = 0
    for (const delivery of deliveries.values()) {
      delivery.offer(entry)
      longest = Math.max(longest, delivery.stats.waiting)
    }
    if (!options.batched || longest >= deliverAt) deliverAll()
    else schedule()
  }

  function deliverAll(): void {
    for (const delivery of deliveries.values()) delivery.deliver()
  }

  function schedule(): void {
    if (timer) return
    timer = setTimeout(() => {
      timer = null
      deliverAll()
    }, options.flushIntervalMs)
    timer.unref()
  }

  /** In a later turn, so that sinks which are added at once get what an earlier process has left, too. */
  async function recover(): Promise<void> {
    await nextTurn()
    if (!spool || (await spool.recover()) === 0) return
    for (const delivery of deliveries.values()) delivery.catchUp()
    deliverAll()
  }

  async function flush(): Promise<void> {
    await recovered
    await queue.idle()
    await Promise.all([...deliveries.values()].map((delivery) => delivery.flush()))
  }

  function drain(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    return withDeadline(flushUntil(deadline), timeoutMs)
  }

  async function flushUntil(deadline: number): Promise<void> {
    for (;;) {
      await flush()
      const waiting = [...deliveries.values()].some((delivery) => delivery.stats.waiting > 0)
      if (!waiting || performance.now() + DRAIN_PAUSE_MS >= deadline) return
      await sleep(DRAIN_PAUSE_MS)
    }
  }

  async function end(timeoutMs: number): Promise<void> {
    open = false
    if (timer) clearTimeout(timer)
    const deadline = performance.now() + timeoutMs
    await drain(timeoutMs)
    const closing = Promise.all([...deliveries.values()].map((delivery) => delivery.shutdown()))
    await withDeadline(closing, Math.max(deadline - performance.now(), LEAST_CLOSING_MS))
    spool?.close()
  }

  const recovered = recover()
  let ending: Promise<void> | null = null

  return {
    acceptExchange: (exchange) => accept(estimateExchangeBytes(exchange), () => options.interpret(exchange)),
    acceptDraft: (draft) => accept(estimateDraftBytes(draft), () => Promise.resolve(draft)),
    addSink(sink) {
      checkSink(sink, new Set(deliveries.keys()))
      spool?.addSink(sink.name)
      deliveries.set(
        sink.name,
        createSinkDelivery(sink, { maxEvents: queueSize, maxBytes: queueMaxBytes, guard, spool }),
      )
    },
    flush,
    drain,
    release: () => spool?.close(),
    shutdown: (timeoutMs) => (ending ??= end(timeoutMs)),
    get stats() {
      const sinks = Object.fromEntries([...deliveries].map(([name, delivery]) => [name, delivery.stats]))
      return { ...counts, queueDepth: queue.depth, sinks, spool: spool?.stats ?? null }
    },
  }
}

async function withDeadline(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
