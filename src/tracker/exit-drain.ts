import process from 'node:process'
import { getShared } from '../core/registry.ts'

/** A tracker, as far as the end of the process is concerned. */
export interface Drainable {
  /** Grows with every event; tells whether there is anything new since the last drain. */
  readonly accepted: number
  drain(): Promise<void>
}

type Drained = Map<Drainable, number>

/**
 * Delivers what waits when the event loop runs empty. One listener for all trackers of the process, whichever build of
 * this package made them. 'beforeExit' comes again after every piece of work it starts, so each tracker drains once for
 * what it has.
 */
export function drainBeforeExit(tracker: Drainable): () => void {
  const drained = getShared<Drained>('exit-drain', () => {
    const trackers: Drained = new Map()
    process.on('beforeExit', () => {
      for (const [one, seen] of trackers) {
        if (one.accepted === seen) continue
        trackers.set(one, one.accepted)
        void one.drain()
      }
    })
    return trackers
  })
  drained.set(tracker, 0)
  return () => drained.delete(tracker)
}
