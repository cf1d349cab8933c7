import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

/** Keeps count of the spans between their end and the collector's answer. */
export interface SpanQueue {
  /** Wraps the batching processor, to refuse what it would drop without a word. */
  watchProcessor(processor: SpanProcessor): SpanProcessor
  /** Tells that `count` spans left the queue: taken by the collector, or lost for the reason given. */
  settle(count: number, error: unknown): void
  /** Resolves with true when of the spans queued by now all but `count` have left, with false after `timeoutMs`. */
  waitForAllBut(count: number, timeoutMs: number): Promise<boolean>
  readonly exported: number
  /** Spans that the collector did not take, and those that found the queue full or closed. */
  readonly lost: number
}

/** Spans held while the collector is slow, at about 2 KB each. Those past it are counted as lost. */
export const MAX_QUEUED_SPANS = 2_048
/** `TraceFlags.SAMPLED`: the processor takes no other spans. */
const SAMPLED = 1

export function createSpanQueue(onFault: (error: unknown) => void): SpanQueue {
  let accepted = 0
  let exported = 0
  let refused = 0
  let dropped = 0
  let closed = false
  const waiting = new Set<() => unknown>()

  function onEnd(span: ReadableSpan, processor: SpanProcessor): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return
    if (closed) {
      dropped++
      return
    }
    if (accepted - exported - refused >= MAX_QUEUED_SPANS) {
      dropped++
      onFault(new Error(`More than ${MAX_QUEUED_SPANS} spans wait for the collector; further ones are dropped.`))
      return
    }
    accepted++
    processor.onEnd(span)
  }

  return {
    watchProcessor: (processor) => ({
      onStart: (span, context) => processor.onStart(span, context),
      onEnd: (span) => onEnd(span, processor),
      forceFlush: () => processor.forceFlush(),
      shutdown() {
        closed = true
        return processor.shutdown()
      },
    }),
    settle(count, error) {
      if (error === null) exported += count
      else {
        refused += count
        onFault(error)
      }
      for (const check of waiting) check()
    },
    waitForAllBut(count, timeoutMs) {
      const target = accepted - count
      const haveLeft = () => exported + refused >= target
      if (haveLeft()) return Promise.resolve(true)
      return new Promise((resolve) => {
        const answer = (inTime: boolean) => {
          clearTimeout(timer)
          waiting.delete(check)
          resolve(inTime)
        }
        const check = () => haveLeft() && answer(true)
        const timer = setTimeout(answer, timeoutMs, false)
        waiting.add(check)
      })
    },
    get exported() {
      return exported
    },
    get lost() {
      return refused + dropped
    },
  }
}
