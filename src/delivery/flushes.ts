import type { QueuedEvent } from './outbox.ts'

interface Flush {
  /** Delivered when so many events were ever taken from the outbox. */
  upTo: number
  /** The spool may hold events up to this number that are not in the outbox yet. */
  mark: number | null
  end(): void
}

/** Those who wait until a sink has what lay there when they asked, whatever goes on coming. */
export interface Flushes {
  /** `upTo`: events ever put into the outbox; `mark`: the newest in the spool, `null` when memory holds all that it does. */
  wait(upTo: number, mark: number | null): Promise<void>
  /** The outbox was empty, and is filled with these from the spool. */
  onRead(taken: number, entries: readonly QueuedEvent[], hasMore: boolean): void
  onTaken(taken: number): void
  /** The sink failed: nobody waits for a second attempt. */
  endAll(): void
}

export function createFlushes(): Flushes {
  let flushes: Flush[] = []

  function end(isOver: (flush: Flush) => boolean): void {
    if (flushes.length === 0) return
    const over = flushes.filter(isOver)
    flushes = flushes.filter((flush) => !over.includes(flush))
    for (const flush of over) flush.end()
  }

  return {
    wait: (upTo, mark) => new Promise((resolve) => void flushes.push({ upTo, mark, end: resolve })),
    onRead(taken, entries, hasMore) {
      for (const flush of flushes) {
        const { mark } = flush
        if (mark === null) continue
        const within = entries.filter(({ spooled }) => spooled !== null && spooled.number <= mark).length
        flush.upTo = taken + within
        if (within < entries.length || !hasMore) flush.mark = null
      }
    },
    onTaken(taken) {
      end(({ upTo, mark }) => mark === null && taken >= upTo)
    },
    endAll: () => end(() => true),
  }
}
