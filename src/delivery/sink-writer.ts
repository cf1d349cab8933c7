import { clearTimeout, setTimeout } from 'node:timers'
import type { Guard } from '../core/guard.ts'
import { isThenable } from '../core/thenable.ts'
import type { OutboxEntry } from './outbox.ts'
import type { Sink } from './sink.ts'
import { isPermanentFault } from './system-fault.ts'

/** Calls one sink, and knows how it fares. Never throws or rejects. */
export interface SinkWriter {
  /** True when the sink took the batch. */
  write(batch: readonly OutboxEntry[]): Promise<boolean>
  /**
   * The same before it returns; false also for a sink that cannot take a batch so. `isExit`: what cannot hurt is tried. A
   * promise where the sink turns out to take its time.
   */
  writeSync(batch: readonly OutboxEntry[], isExit: boolean): boolean | Promise<boolean>
  flush(): Promise<void>
  shutdown(): Promise<void>
  readonly failures: number
  readonly failuresInARow: number
  /** Failed for a reason that does not pass by itself. */
  readonly isBroken: boolean
  readonly isHanging: boolean
}

/** A write that takes longer makes its sink one that hangs. */
const HANGING_AFTER_MS = 1_000

export function createSinkWriter(sink: Sink<unknown>, guard: Guard, onHanging: () => void): SinkWriter {
  let failures = 0
  let failuresInARow = 0
  let isBroken = false
  let isHanging = false
  /** Whether the sink answers without a promise; `null` until it has answered. */
  let takesAtOnce: boolean | null = null

  function hand(batch: readonly OutboxEntry[]): void | Promise<void> {
    const written = sink.write(toPayloads(batch))
    takesAtOnce = !isThenable<unknown>(written)
    return written
  }

  function onTaken(): true {
    failuresInARow = 0
    isBroken = false
    return true
  }

  function onFailed(error: unknown): false {
    failures++
    failuresInARow++
    isBroken = isPermanentFault(error)
    guard.report(`sink ${sink.name}`, error)
    return false
  }

  async function callGuarded(action: (() => Promise<void>) | undefined): Promise<void> {
    try {
      await action?.call(sink)
    } catch (error) {
      guard.report(`sink ${sink.name}`, error)
    }
  }

  return {
    async write(batch) {
      const hanging = setTimeout(() => {
        isHanging = true
        onHanging()
      }, HANGING_AFTER_MS)
      hanging.unref()
      try {
        // Not in the turn of whoever logged an event: what a sink does is none of its business.
        await Promise.resolve()
        await hand(batch)
        return onTaken()
      } catch (error) {
        return onFailed(error)
      } finally {
        clearTimeout(hanging)
        isHanging = false
      }
    },
    writeSync(batch, isExit) {
      try {
        if (sink.writeSync) sink.writeSync(toPayloads(batch))
        else if (takesAtOnce ?? isExit) {
          const written = hand(batch)
          if (written) return Promise.resolve(written).then(onTaken, onFailed)
        } else return false
        return onTaken()
      } catch (error) {
        return onFailed(error)
      }
    },
    flush: () => callGuarded(sink.flush),
    shutdown: () => callGuarded(sink.shutdown),
    get failures() {
      return failures
    },
    get failuresInARow() {
      return failuresInARow
    },
    get isBroken() {
      return isBroken
    },
    get isHanging() {
      return isHanging
    },
  }
}

function toPayloads(batch: readonly OutboxEntry[]): unknown[] {
  return batch.map(({ payload }) => payload)
}
