import { constants } from 'node:os'
import process from 'node:process'
import { readCount, readObject } from '../core/json.ts'
import { getShared } from '../core/registry.ts'

/** A tracker, as far as the end of the process is concerned. */
export interface Drainable {
  /** Grows with every event; tells whether there is anything new since the last drain. */
  readonly accepted: number
  /** Delivers what waits and what comes meanwhile, in bounded time. Never rejects. */
  drain(): Promise<void>
  /** The longest time in milliseconds that a drain may take. */
  readonly timeoutMs: number
  /** The last moment, synchronous, called once: hands over what still can be. Never throws. */
  release(): void
}

type Drainables = Map<Drainable, { drained: number; isReleased: boolean }>

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
type EndSignal = (typeof SIGNALS)[number]

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
  trackers.set(tracker, { drained: 0, isReleased: false })
  return () => trackers.delete(tracker)
}

function listen(trackers: Drainables): void {
  // 'beforeExit' comes again after every piece of work it starts, so each tracker drains once for what it has.
  process.on('beforeExit', () => void drainNew(trackers))
  process.on('exit', () => releaseAll(trackers))
  for (const signal of SIGNALS) {
    const onSignal = () => void endBySignal(signal, trackers, onSignal)
    // First in line: a host's `once` handler that ran before would be gone, and not be seen.
    process.prependListener(signal, onSignal)
  }
}

/** A busy server goes on answering meanwhile: over when at one moment no tracker has anything new, or time is up. */
async function drainNew(trackers: Drainables): Promise<void> {
  const start = performance.now()
  for (;;) {
    const busy = [...trackers].filter(([tracker, state]) => tracker.accepted !== state.drained)
    const longest = Math.max(...busy.map(([tracker]) => tracker.timeoutMs))
    if (busy.length === 0 || performance.now() - start > longest) return
    await Promise.all(busy.map(([tracker, state]) => drain(tracker, state)))
  }
}

async function drain(tracker: Drainable, state: { drained: number }): Promise<void> {
  await tracker.drain()
  state.drained = tracker.accepted
}

function releaseAll(trackers: Drainables): void {
  for (const [tracker, state] of trackers) {
    if (state.isReleased) continue
    state.isReleased = true
    tracker.release()
  }
}

/**
 * A listener takes the signal's default away, so the process is ended here by the same signal once everything is
 * delivered: its parent sees what it would have seen. With a handler of the host's own, ending is the host's business.
 */
async function endBySignal(signal: EndSignal, trackers: Drainables, onSignal: () => void): Promise<void> {
  const isOurs = process.listenerCount(signal) - countSignalExitListeners() === 1
  await drainNew(trackers)
  if (!isOurs) return
  // The kernel keeps a signal's default from the first process of a container: sent again, it would do nothing.
  if (process.pid === 1) process.exit(128 + constants.signals[signal])
  // A signal's default ends the process without an 'exit' event.
  releaseAll(trackers)
  // Where signal-exit listens, it finds itself alone now, does its host's cleaning up, and ends the process likewise.
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

/**
 * Listeners of the package `signal-exit` (4.x and 3.x), which many command-line packages bring along: it ends the process
 * only where no others listen, so beside ours it would wait for us, and we for it. Its copies count themselves in public.
 */
function countSignalExitListeners(): number {
  const current = readObject(Reflect.get(globalThis, Symbol.for('signal-exit emitter')))
  const former = readObject(Reflect.get(process, '__signal_exit_emitter__'))
  return (readCount(current['count']) ?? 0) + (readCount(former['count']) ?? 0)
}
