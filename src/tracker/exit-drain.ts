import process from 'node:process'
import { getShared } from '../core/registry.ts'

/** A tracker, as far as the end of the process is concerned. */
export interface Drainable {
  /** Grows with every event; tells whether there is anything new since the last drain. */
  readonly accepted: number
  /** Delivers what waits, in bounded time. Never rejects. */
  drain(): Promise<void>
  /** The last moment, synchronous: lets go of what is delivered. Never throws. */
  release(): void
}

type Drainables = Map<Drainable, { drained: number }>

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Delivers what waits when the process ends: when its event loop runs empty, and at SIGTERM and SIGINT where the host has
 * no handler of its own. One set of listeners serves all trackers of the process, whichever build of this package made
 * them. Returns what forgets the tracker.
 */
export function drainAtExit(tracker: Drainable): () => void {
  const trackers = getShared<Drainables>('exit-drain', () => {
    const all: Drainables = new Map()
    listen(all)
    return all
  })
  trackers.set(tracker, { drained: 0 })
  return () => trackers.delete(tracker)
}

function listen(trackers: Drainables): void {
  // 'beforeExit' comes again after every piece of work it starts, so each tracker drains once for what it has.
  process.on('beforeExit', () => void drainNew(trackers))
  process.on('exit', () => {
    for (const tracker of trackers.keys()) tracker.release()
  })
  // First in line: a host's `once` handler that ran before would be gone, and not be seen.
  for (const signal of SIGNALS) process.prependListener(signal, () => void endBySignal(signal, trackers))
}

async function drainNew(trackers: Drainables): Promise<void> {
  const draining: Promise<void>[] = []
  for (const [tracker, state] of trackers) {
    if (tracker.accepted === state.drained) continue
    state.drained = tracker.accepted
    draining.push(tracker.drain())
  }
  await Promise.all(draining)
}

/**
 * A listener takes the signal's default away, so the process is ended here by the same signal once everything is
 * delivered: its parent sees what it would have seen. With a handler of the host's own, ending is the host's business.
 */
async function endBySignal(signal: NodeJS.Signals, trackers: Drainables): Promise<void> {
  const isOurs = process.listenerCount(signal) === 1
  await drainNew(trackers)
  if (!isOurs) return
  for (const tracker of trackers.keys()) tracker.release()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}
