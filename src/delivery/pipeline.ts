import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { CapturedExchange } from '../capture/exchange.ts'
import type { SanitisedEvent, UsageEvent } from '../core/event.ts'
import { andThen, isPromise, type MaybePromise } from '../core/maybe-promise.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import { estimateDraftBytes, estimateExchangeBytes } from './event-size.ts'
import type { ExchangeDraft } from '../interpret/exchange-draft.ts'
import type { StreamDigest } from '../interpret/response-digest.ts'
import type { Sink } from './sink.ts'
import type { SpoolStats } from './spool/spool.ts'
import { createSinkDeliveries, type SinkDeliveriesOptions } from './sink-deliveries.ts'
import type { SinkStats } from './sink-delivery.ts'
import { createWorkQueue, type Job } from './work-queue.ts'

export interface PipelineOptions extends SinkDeliveriesOptions {
  interpret(exchange: CapturedExchange<StreamDigest>): MaybePromise<ExchangeDraft | null>
  complete(draft: ExchangeDraft): MaybePromise<UsageEvent>
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
  acceptExchange(exchange: CapturedExchange<StreamDigest>): boolean
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

const RECOVERY_INTERVAL_MS = 30_000
/** Between two attempts to deliver at shutdown. */
const DRAIN_PAUSE_MS = 200
/** Sinks may close their files and sockets even when delivering took all the time. */
const LEAST_CLOSING_MS = 500

export function createPipeline(options: PipelineOptions): Pipeline {
  const { guard, spool, queueSize, queueMaxBytes } = options
  const deliveries = createSinkDeliveries(options)
  // With a spool the way from the end of an exchange to the disk is kept short: what is in memory dies with the process.
  const immediate = !options.batched || spool !== null
  const queue = createWorkQueue({ maxJobs: queueSize, maxBytes: queueMaxBytes, immediate })
  const counts = { accepted: 0, ignored: 0, events: 0, rejected: 0, failed: 0 }
  let open = true
  let ending: Promise<void> | null = null

  function accept(job: Job): boolean {
    if (open && queue.push(job)) {
      counts.accepted++
      return true
    }
    counts.rejected++
    guard.report(
      'queue overflow',
      open ? `events are dropped: ${queue.depth} wait already` : 'the tracker is shut down',
    )
    return false
  }

  /** Most exchanges take this way without a promise: all that an event is made of is there when its response ends. */
  function process(toDraft: () => MaybePromise<ExchangeDraft | null>): MaybePromise<void> {
    try {
      const done = andThen(toDraft(), finish)
      return isPromise(done) ? done.catch(fail) : done
    } catch (error) {
      fail(error)
    }
  }

  function finish(draft: ExchangeDraft | null): MaybePromise<void> {
    if (draft) return andThen(options.complete(draft), (event) => offer(options.sanitise(event, draft.identity)))
    counts.ignored++
  }

  function fail(error: unknown): void {
    counts.failed++
    guard.report('interpretation', error)
  }

  /**
   * What was accepted must find room behind every sink that works: while one is full, events stay in the queue in front,
   * which in turn says no. A sink that fails or hangs is not waited for: its own queue overflows.
   */
  function offer(event: SanitisedEvent): MaybePromise<void> {
    counts.events++
    // Shared between sinks: none may change what the others get.
    Object.freeze(event)
    Object.freeze(event.metadata)
    Object.freeze(event.tags)
    return deliveries.offer(event, spool?.append(event).spooled ?? null)
  }

  /** In a later turn, so that sinks which are added at once get what an earlier process has left, too. */
  async function recover(): Promise<void> {
    await nextTurn()
    if (spool && open && (await spool.recover()) > 0) deliveries.catchUp()
  }

  async function flush(): Promise<void> {
    await recovered
    await queue.idle()
    await deliveries.flush()
  }

  function drain(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    return withDeadline(flushUntil(deadline), timeoutMs)
  }

  async function flushUntil(deadline: number): Promise<void> {
    for (;;) {
      await flush()
      if (!deliveries.isWaiting || performance.now() + DRAIN_PAUSE_MS >= deadline) return
      await sleep(DRAIN_PAUSE_MS)
    }
  }

  async function end(timeoutMs: number): Promise<void> {
    open = false
    if (recovery) clearInterval(recovery)
    const deadline = performance.now() + timeoutMs
    await drain(timeoutMs)
    await withDeadline(deliveries.shutdown(), Math.max(deadline - performance.now(), LEAST_CLOSING_MS))
    spool?.close()
  }

  const recovered = recover()
  // Whether a process on another host still lives shows only with time.
  const recovery = spool ? setInterval(() => void recover(), RECOVERY_INTERVAL_MS) : null
  recovery?.unref()

  return {
    acceptExchange: (exchange) =>
      accept({
        bytes: estimateExchangeBytes(exchange),
        isSmall: false,
        run: () => process(() => options.interpret(exchange)),
      }),
    acceptDraft: (draft) =>
      accept({ bytes: estimateDraftBytes(draft), isSmall: true, run: () => process(() => draft) }),
    addSink: deliveries.add,
    flush,
    drain,
    release: () => spool?.close(),
    shutdown: (timeoutMs) => (ending ??= end(timeoutMs)),
    get stats() {
      return { ...counts, queueDepth: queue.depth, sinks: deliveries.stats, spool: spool?.stats ?? null }
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
