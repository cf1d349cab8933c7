import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SanitisedEvent } from '../../src/core/event.ts'
import type { Sink } from '../../src/delivery/sink.ts'
import { createTestTracker } from '../setup/tracker.ts'

const ENTRY = { model: 'gpt-4', promptTokens: 3, completionTokens: 2 }
const QUIET = { PRICING_DATASET: 'off', FLUSH_INTERVAL: '0.02', SHUTDOWN_TIMEOUT: '1' }

function createMemorySink(name: string, write: Sink['write'] = () => {}) {
  const events: SanitisedEvent[] = []
  const sink: Sink = {
    name,
    async write(batch) {
      await write(batch)
      events.push(...batch)
    },
  }
  return { sink, events }
}

describe('the pipeline', () => {
  it('delivers every event once, in order, in batches', async () => {
    const { tracker } = createTestTracker(QUIET)
    const sizes: number[] = []
    const { sink, events } = createMemorySink('mine', (batch) => void sizes.push(batch.length))
    tracker.addSink(sink)
    const ids = Array.from({ length: 1_200 }, () => tracker.logger.logTokenUsage(ENTRY))
    await tracker.flush()
    expect(events.map(({ id }) => id)).toEqual(ids)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
    expect(sizes.length).toBeLessThan(100)
    await tracker.shutdown()
  })

  it('writes when the timer asks, not whatever came during the last write', async () => {
    const { tracker } = createTestTracker({ ...QUIET, FLUSH_INTERVAL: '0.05' })
    const sizes: number[] = []
    const { sink, events } = createMemorySink('slow', async (batch) => {
      sizes.push(batch.length)
      await sleep(5)
    })
    tracker.addSink(sink)
    const start = performance.now()
    let count = 0
    for (; performance.now() - start < 500; count++) {
      tracker.logger.logTokenUsage(ENTRY)
      await sleep(1)
    }
    const intervals = (performance.now() - start) / 50
    await tracker.flush()
    expect(events).toHaveLength(count)
    expect(sizes.length).toBeLessThanOrEqual(intervals + 2)
    await tracker.shutdown()
  })

  it('drops the newest when the queue is full, counts them and says so', async () => {
    const { tracker, events } = createTestTracker({ ...QUIET, QUEUE_SIZE: '10' })
    const ids = Array.from({ length: 25 }, () => tracker.logger.logTokenUsage(ENTRY))
    expect(ids.filter((id) => id === null)).toHaveLength(15)
    await tracker.flush()
    expect(events.map(({ id }) => id)).toEqual(ids.slice(0, 10))
    expect(tracker.getStats()).toMatchObject({ accepted: 10, rejected: 15, events: 10 })
    await tracker.shutdown()
  })

  it('is bounded by bytes as well', async () => {
    const { tracker } = createTestTracker({ ...QUIET, QUEUE_MAX_BYTES: '1MB' })
    const entry = { model: 'gpt-4', promptText: 'x '.repeat(100_000), completionTokens: 1 }
    const ids = Array.from({ length: 10 }, () => tracker.logger.logTokenUsage(entry))
    expect(ids.filter((id) => id !== null)).toHaveLength(2)
    await tracker.shutdown()
  })

  it('tries a failing sink again until it takes the batch, and loses nothing', async () => {
    const { tracker } = createTestTracker(QUIET)
    let failuresLeft = 2
    const { sink, events } = createMemorySink('flaky', () => {
      if (failuresLeft-- > 0) throw new Error('not now')
    })
    tracker.addSink(sink)
    const ids = [1, 2, 3].map(() => tracker.logger.logTokenUsage(ENTRY))
    for (let attempt = 0; attempt < 100 && events.length < 3; attempt++) await sleep(50)
    expect(events.map(({ id }) => id)).toEqual(ids)
    expect(tracker.getStats().sinks['flaky']).toMatchObject({ delivered: 3, dropped: 0, failures: 2 })
    await tracker.shutdown()
  })

  it('does not let a dead or hanging sink hold up the others', async () => {
    const { tracker, waitForEvents } = createTestTracker({ ...QUIET, QUEUE_SIZE: '50' })
    tracker.addSink(createMemorySink('dead', () => Promise.reject(new Error('gone'))).sink)
    tracker.addSink(createMemorySink('hanging', () => new Promise(() => {})).sink)
    for (let index = 0; index < 100; index++) {
      tracker.logger.logTokenUsage(ENTRY)
      if (index % 20 === 19) await sleep(5)
    }
    await waitForEvents(100)
    const { sinks } = tracker.getStats()
    expect(sinks['memory']).toMatchObject({ delivered: 100, dropped: 0 })
    expect(sinks['hanging']).toMatchObject({ delivered: 0, waiting: 50, dropped: 50 })
    const start = performance.now()
    await tracker.shutdown()
    expect(performance.now() - start).toBeLessThan(2_500)
    expect(tracker.getStats().sinks['dead']).toMatchObject({ delivered: 0, dropped: 100 })
  })

  it('never drops what it accepted for a slow sink that works', async () => {
    const { tracker } = createTestTracker({ ...QUIET, QUEUE_SIZE: '1000', SHUTDOWN_TIMEOUT: '10' })
    const { sink, events } = createMemorySink('slow', () => sleep(5))
    tracker.addSink(sink)
    const accepted: string[] = []
    for (let index = 0; index < 20_000; index++) {
      const id = tracker.logger.logTokenUsage(ENTRY)
      if (id !== null) accepted.push(id)
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await tracker.flush()
    await tracker.shutdown()
    expect(accepted.length).toBeGreaterThan(1_000)
    expect(events.map(({ id }) => id)).toEqual(accepted)
  })

  it.each(['true', 'false'])(
    'lets a sink log events of its own, with ASYNC_LOGGING=%s',
    async (mode) => {
      const { tracker } = createTestTracker({ ...QUIET, ASYNC_LOGGING: mode })
      const ids: (string | null)[] = []
      const log = () => void ids.push(tracker.logger.logTokenUsage(ENTRY))
      let open = 0
      let most = 0
      const { sink, events } = createMemorySink('talkative', async () => {
        most = Math.max(most, ++open)
        if (ids.length < 40) log()
        await sleep(1)
        open--
      })
      tracker.addSink(sink)
      log()
      for (let attempt = 0; attempt < 500 && events.length < 40; attempt++) await sleep(10)
      expect(new Set(events.map(({ id }) => id))).toEqual(new Set(ids))
      expect([events.length, most]).toEqual([40, 1])
      expect(tracker.getStats().sinks['talkative']).toMatchObject({ delivered: 40, dropped: 0 })
      await tracker.shutdown()
    },
    20_000,
  )

  it('keeps an event that a sink tried to change', async () => {
    const { tracker, events } = createTestTracker(QUIET)
    tracker.addSink({
      name: 'vandal',
      write(batch) {
        for (const event of batch as unknown as { metadata?: object }[]) delete event.metadata
      },
    })
    tracker.logger.logTokenUsage(ENTRY)
    await tracker.flush()
    await tracker.shutdown()
    expect(events[0]).toMatchObject({ prompt_tokens: 3, metadata: {} })
  })

  it('flushes what was there, whatever goes on coming', async () => {
    const { tracker } = createTestTracker(QUIET)
    tracker.counters.register('slow-model', async () => {
      await sleep(30)
      return 1
    })
    const timer = setInterval(
      () => tracker.logger.logTokenUsage({ model: 'slow-model', promptText: 'x', completionTokens: 1 }),
      5,
    )
    await sleep(50)
    const start = performance.now()
    await tracker.flush()
    expect(performance.now() - start).toBeLessThan(1_000)
    clearInterval(timer)
    await tracker.shutdown()
  })

  it('refuses a second sink of one name, and what is no sink', async () => {
    const { tracker } = createTestTracker(QUIET)
    expect(() => tracker.addSink({ name: 'memory', write() {} })).toThrow(/name of its own/)
    expect(() => tracker.addSink({ name: 'x' } as Sink)).toThrow(/function `write`/)
    await tracker.shutdown()
  })

  it('lets both callers of shutdown wait for the same end', async () => {
    const { tracker } = createTestTracker(QUIET)
    const { sink, events } = createMemorySink('slow', () => sleep(200))
    tracker.addSink(sink)
    tracker.logger.logTokenUsage(ENTRY)
    void tracker.shutdown()
    await tracker.shutdown()
    expect(events).toHaveLength(1)
  })

  it('delivers at once when ASYNC_LOGGING is off', async () => {
    const { tracker, events } = createTestTracker({ ...QUIET, ASYNC_LOGGING: 'false', FLUSH_INTERVAL: '3600' })
    tracker.logger.logTokenUsage(ENTRY)
    await new Promise((resolve) => setImmediate(resolve))
    expect(events).toHaveLength(1)
    await tracker.shutdown()
  })

  it('takes nothing after shutdown, and shuts down once', async () => {
    const { tracker, events } = createTestTracker(QUIET)
    let closed = 0
    tracker.addSink({ name: 'closing', write() {}, shutdown: async () => void closed++ })
    tracker.logger.logTokenUsage(ENTRY)
    await Promise.all([tracker.shutdown(), tracker.shutdown()])
    expect(tracker.logger.logTokenUsage(ENTRY)).toBeNull()
    expect([events.length, closed]).toEqual([1, 1])
  })
})
