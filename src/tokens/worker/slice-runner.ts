import { setImmediate as nextTurn } from 'node:timers/promises'
import { createBpeCounter, type WindowCounter } from '../kernel/bpe-counter.ts'
import { loadEncoding } from '../kernel/encodings.ts'
import { MAX_WINDOW, toWindowEnd } from '../kernel/text-windows.ts'
import type { EncodingName } from '../vocabularies/vocabulary.ts'
import type { CountRunner } from './count-queue.ts'

/** Time that counting may hold the event loop for; one window more, at most 3 ms, can follow. */
const SLICE_MS = 3

/** Counts on the event loop, a few milliseconds at a time: for where there are no worker threads. */
export function createSliceRunner(): CountRunner {
  const counters = new Map<EncodingName, WindowCounter>()

  async function getCounter(encoding: EncodingName): Promise<WindowCounter> {
    const counter = counters.get(encoding) ?? createBpeCounter(await loadEncoding(encoding))
    counters.set(encoding, counter)
    return counter
  }

  return {
    async prepare(encoding) {
      await getCounter(encoding)
    },
    async run({ encoding, texts }, signal) {
      const counter = await getCounter(encoding)
      let tokens = 0
      let sliceEnd = performance.now() + SLICE_MS
      for (const text of texts) {
        for (let start = 0; start < text.length;) {
          const end = toWindowEnd(text, start, MAX_WINDOW)
          tokens += counter.countWindow(text, start, end)
          start = end
          if (performance.now() < sliceEnd) continue
          await nextTurn()
          signal.throwIfAborted()
          sliceEnd = performance.now() + SLICE_MS
        }
      }
      return tokens
    },
    async stop() {
      counters.clear()
    },
  }
}
