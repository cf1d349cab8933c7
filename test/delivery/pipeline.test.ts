import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import type { Sink } from '../../src/delivery/sink.ts'
import { createTestPipeline, idsOf, toEvent } from './test-pipeline.ts'

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-pipeline-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const newFolder = () => path.join(root, String(++folders))

describe('the pipeline', () => {
  it('delivers every event once, in order, in batches', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    const sizes: number[] = []
    const events = addMemorySink('mine', (batch) => void sizes.push(batch.length))
    const ids = Array.from({ length: 1_200 }, () => log())
    await pipeline.flush()
    expect(idsOf(events)).toEqual(ids)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
    expect(sizes.length).toBeLessThan(100)
    await pipeline.shutdown(1_000)
  })

  it('writes when the timer asks, not whatever came during the last write', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 50 })
    const sizes: number[] = []
    const events = addMemorySink('slow', async (batch) => {
      sizes.push(batch.length)
      await sleep(5)
    })
    const start = performance.now()
    let count = 0
    for (; performance.now() - start < 500; count++) {
      log()
      await sleep(1)
    }
    const intervals = (performance.now() - start) / 50
    await pipeline.flush()
    expect(events).toHaveLength(count)
    expect(sizes.length).toBeLessThanOrEqual(intervals + 2)
    await pipeline.shutdown(1_000)
  })

  it('drops the newest when the queue is full, counts them and says so', async () => {
    const { pipeline, log, addMemorySink, guard } = createTestPipeline({ queueSize: 10 })
    const events = addMemorySink()
    const ids = Array.from({ length: 25 }, () => log())
    expect(ids.filter((id) => id === null)).toHaveLength(15)
    await pipeline.flush()
    expect(idsOf(events)).toEqual(ids.slice(0, 10))
    expect(pipeline.stats).toMatchObject({ accepted: 10, rejected: 15, events: 10 })
    expect(guard.faults).toBe(15)
    await pipeline.shutdown(1_000)
  })

  it('passes a sink by that has nowhere to write to, and counts nothing as delivered', async () => {
    const folder = newFolder()
    const { pipeline, log } = createTestPipeline({ folder })
    const events: SanitisedEvent[] = []
    let hasTarget = false
    pipeline.addSink({ name: 'mine', hasTarget: () => hasTarget, write: (batch) => void events.push(...batch) })
    log()
    await pipeline.flush()
    expect(pipeline.stats.sinks['mine']).toEqual({ delivered: 0, dropped: 0, waiting: 0, failures: 0 })
    hasTarget = true
    const id = log()
    await pipeline.flush()
    expect(idsOf(events)).toEqual([id])
    expect(pipeline.stats.sinks['mine']).toMatchObject({ delivered: 1, dropped: 0 })
    await pipeline.shutdown(1_000)
    expect(readdirSync(folder)).toEqual([])
  })

  it('tells apart what a sink lost and what it has', async () => {
    const { pipeline, log } = createTestPipeline()
    const sink = { name: 'mine', dropped: 0, write: () => void sink.dropped++ }
    pipeline.addSink(sink)
    for (let index = 0; index < 3; index++) log()
    await pipeline.flush()
    expect(pipeline.stats.sinks['mine']).toMatchObject({ delivered: 2, dropped: 1 })
    await pipeline.shutdown(1_000)
  })

  it('is bounded by bytes as well', async () => {
    const { pipeline, log } = createTestPipeline({ queueMaxBytes: 1_000_000 })
    const ids = Array.from({ length: 10 }, () => log({ bytes: 400_000 }))
    expect(ids.filter((id) => id !== null)).toHaveLength(2)
    await pipeline.shutdown(1_000)
  })

  it('tells when it comes under pressure', async () => {
    const { pipeline, log } = createTestPipeline({ queueSize: 10 })
    for (let index = 0; index < 5; index++) log()
    expect(pipeline.pressure).toBe('normal')
    log()
    expect(pipeline.pressure).toBe('high')
    await pipeline.flush()
    expect(pipeline.pressure).toBe('normal')
    await pipeline.shutdown(1_000)
  })

  it('counts what yields no event, and what fails', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    const events = addMemorySink()
    log({ run: () => null })
    log({ run: () => Promise.reject(new Error('ours')) })
    log({
      run() {
        throw new Error('ours')
      },
    })
    const id = log()
    await pipeline.flush()
    expect(idsOf(events)).toEqual([id])
    expect(pipeline.stats).toMatchObject({ accepted: 4, ignored: 1, failed: 2, events: 1, queueDepth: 0 })
    await pipeline.shutdown(1_000)
  })

  it('tries a failing sink again until it takes the batch, and loses nothing', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    let failuresLeft = 2
    const events = addMemorySink('flaky', () => {
      if (failuresLeft-- > 0) throw new Error('not now')
    })
    const ids = [1, 2, 3].map(() => log())
    for (let attempt = 0; attempt < 100 && events.length < 3; attempt++) await sleep(50)
    expect(idsOf(events)).toEqual(ids)
    expect(pipeline.stats.sinks['flaky']).toMatchObject({ delivered: 3, dropped: 0, failures: 2 })
    await pipeline.shutdown(1_000)
  })

  it('does not let a dead or hanging sink hold up the others', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ queueSize: 50 })
    const events = addMemorySink()
    addMemorySink('dead', () => Promise.reject(new Error('gone')))
    addMemorySink('hanging', () => new Promise(() => {}))
    for (let index = 0; index < 100; index++) {
      log()
      if (index % 20 === 19) await sleep(5)
    }
    for (let attempt = 0; attempt < 500 && events.length < 100; attempt++) await sleep(10)
    expect(pipeline.stats.sinks['memory']).toMatchObject({ delivered: 100, dropped: 0 })
    expect(pipeline.stats.sinks['hanging']).toMatchObject({ delivered: 0, waiting: 50, dropped: 50 })
    const start = performance.now()
    await pipeline.shutdown(1_000)
    expect(performance.now() - start).toBeLessThan(2_500)
    expect(pipeline.stats.sinks['dead']).toMatchObject({ delivered: 0, dropped: 100 })
  })

  it('never drops what it accepted for a slow sink that works', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ queueSize: 1_000 })
    const events = addMemorySink('slow', () => sleep(5))
    const accepted: string[] = []
    for (let index = 0; index < 20_000; index++) {
      const id = log()
      if (id !== null) accepted.push(id)
      if (index % 100 === 0) await nextTurn()
    }
    await pipeline.flush()
    await pipeline.shutdown(10_000)
    expect(accepted.length).toBeGreaterThan(1_000)
    expect(idsOf(events)).toEqual(accepted)
  })

  it('never drops what it accepted for one that is full by bytes', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ queueMaxBytes: 20_000 })
    const events = addMemorySink('slow', () => sleep(1))
    const accepted: (string | null)[] = []
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 9; index++) accepted.push(log())
      await nextTurn()
    }
    await pipeline.flush()
    expect(idsOf(events)).toEqual(accepted.filter((id) => id !== null))
    expect(pipeline.stats.sinks['slow']).toMatchObject({ dropped: 0 })
    await pipeline.shutdown(1_000)
  })

  it('lets in who waits for room as soon as there is some, in order of arrival', async () => {
    const { pipeline, log } = createTestPipeline({ queueSize: 10, flushIntervalMs: 3_600_000 })
    const writes: { readonly ids: string[]; end(): void }[] = []
    pipeline.addSink({
      name: 'by hand',
      write: (batch) => new Promise((resolve) => void writes.push({ ids: idsOf(batch), end: resolve })),
    })
    const ids: (string | null)[] = []
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 10; index++) ids.push(log())
      for (let turn = 0; turn < 200 && pipeline.stats.events < ids.length; turn++) await sleep(1)
    }
    expect(pipeline.stats).toMatchObject({ events: 20, queueDepth: 10 })
    writes[0]!.end()
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    expect(pipeline.stats.queueDepth).toBe(20 - 10 - writes[0]!.ids.length)
    void pipeline.flush()
    for (let turn = 0; turn < 1_000 && pipeline.stats.sinks['by hand']?.delivered !== 20; turn++) {
      for (const write of writes) write.end()
      await nextTurn()
    }
    expect(writes.flatMap((write) => write.ids)).toEqual(ids)
    await pipeline.shutdown(1_000)
  })

  it.each([true, false])(
    'lets a sink log events of its own, batched: %s',
    async (batched) => {
      const { pipeline, log, addMemorySink } = createTestPipeline({ batched })
      const ids: (string | null)[] = []
      let open = 0
      let most = 0
      const events = addMemorySink('talkative', async () => {
        most = Math.max(most, ++open)
        if (ids.length < 40) ids.push(log())
        await sleep(1)
        open--
      })
      ids.push(log())
      for (let attempt = 0; attempt < 500 && events.length < 40; attempt++) await sleep(10)
      expect(new Set(idsOf(events))).toEqual(new Set(ids))
      expect([events.length, most]).toEqual([40, 1])
      expect(pipeline.stats.sinks['talkative']).toMatchObject({ delivered: 40, dropped: 0 })
      await pipeline.shutdown(1_000)
    },
    20_000,
  )

  it('keeps an event that a sink tried to change', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    const events = addMemorySink()
    pipeline.addSink({
      name: 'vandal',
      write(batch) {
        for (const event of batch as unknown as { metadata?: object }[]) delete event.metadata
      },
    })
    const id = log()
    await pipeline.flush()
    await pipeline.shutdown(1_000)
    expect(events).toEqual([toEvent(id!)])
  })

  it('refuses a second sink of one name, and what is no sink', async () => {
    const { pipeline, addMemorySink } = createTestPipeline()
    addMemorySink()
    expect(() => pipeline.addSink({ name: 'memory', write() {} })).toThrow(/name of its own/)
    expect(() => pipeline.addSink({ name: 'x' } as Sink)).toThrow(/function `write`/)
    await pipeline.shutdown(1_000)
  })

  it('delivers at once when it is not to batch', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ batched: false, flushIntervalMs: 3_600_000 })
    const events = addMemorySink()
    log()
    await nextTurn()
    expect(events).toHaveLength(1)
    await pipeline.shutdown(1_000)
  })
})

describe('an outbox that is full by bytes', () => {
  it('is delivered without waiting for the timer, and what waits behind it', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ queueMaxBytes: 64 * 1024, flushIntervalMs: 60_000 })
    const events = addMemorySink()
    let taken = 0
    for (let index = 0; index < 60; index++) if (log({ bytes: 16 }) !== null) taken++
    await pipeline.flush()
    expect(events).toHaveLength(taken)
    await pipeline.shutdown(1_000)
  })
})

describe('a flush', () => {
  it('waits for what was there, whatever goes on coming', async () => {
    const { pipeline, log } = createTestPipeline()
    const timer = setInterval(() => log({ run: () => sleep(30).then(() => toEvent()) }), 5)
    await sleep(50)
    const start = performance.now()
    await pipeline.flush()
    expect(performance.now() - start).toBeLessThan(1_000)
    clearInterval(timer)
    await pipeline.shutdown(1_000)
  })

  it.each([
    ['without a spool', () => ({}), 1_000],
    ['with a spool', () => ({ folder: newFolder() }), 1_000],
    ['with a spool that holds what memory cannot', () => ({ folder: newFolder(), queueSize: 100 }), 1_000],
  ])('ends though every write is followed by more events than it took, %s', async (_, toOptions, more) => {
    const { pipeline, log } = createTestPipeline({ flushIntervalMs: 3_600_000, ...toOptions() })
    const delivered = new Set<string>()
    let flood = more
    pipeline.addSink({
      name: 'flooded',
      async write(batch) {
        for (const { id } of batch) delivered.add(id)
        for (let index = 0; index < flood; index++) log()
        await sleep(1)
      },
    })
    const before = Array.from({ length: 90 }, () => log())
    await pipeline.flush()
    flood = 0
    expect(before.filter((id) => id === null || !delivered.has(id))).toEqual([])
    await pipeline.shutdown(1_000)
  })

  it('of a sink that is behind delivers what lay on disk when it was asked', async () => {
    const { pipeline, log } = createTestPipeline({ folder: newFolder(), queueSize: 100, flushIntervalMs: 5 })
    const delivered = new Set<string>()
    let isDown = true
    pipeline.addSink({
      name: 'flaky',
      async write(batch) {
        if (isDown) throw new Error('down')
        await sleep(1)
        for (const { id } of batch) delivered.add(id)
      },
    })
    const ids = Array.from({ length: 3_000 }, () => log())
    await pipeline.flush()
    expect(delivered.size).toBe(0)
    isDown = false
    await pipeline.flush()
    expect(ids.filter((id) => !delivered.has(id!))).toEqual([])
    await pipeline.shutdown(1_000)
  })

  it('ends at the first failure', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    addMemorySink('dead', () => Promise.reject(new Error('gone')))
    log()
    await pipeline.flush()
    expect(pipeline.stats.sinks['dead']).toMatchObject({ failures: 1, waiting: 1 })
    await pipeline.shutdown(10)
  })
})

describe('the end of a pipeline', () => {
  it('is the same for both callers of shutdown', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    const events = addMemorySink('slow', () => sleep(200))
    log()
    void pipeline.shutdown(1_000)
    await pipeline.shutdown(1_000)
    expect(events).toHaveLength(1)
  })

  it('takes nothing behind it, and shuts sinks down once', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline()
    const events = addMemorySink()
    let closed = 0
    pipeline.addSink({ name: 'closing', write() {}, shutdown: async () => void closed++ })
    log()
    await Promise.all([pipeline.shutdown(1_000), pipeline.shutdown(1_000)])
    expect(log()).toBeNull()
    expect([events.length, closed]).toEqual([1, 1])
  })

  it.each(['drain', 'shutdown'] as const)('by %s delivers what is accepted while it lasts', async (way) => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    const ids: (string | null)[] = []
    let rounds = 0
    const events = addMemorySink('slow', async () => {
      await sleep(5)
      if (++rounds <= 5) ids.push(log())
    })
    ids.push(log())
    await pipeline[way](10_000)
    expect(ids).toHaveLength(6)
    expect(idsOf(events)).toEqual(ids)
    await pipeline.shutdown(1_000)
  })

  it('is soon there under load, for a sink that can take the rest at once', async () => {
    const { pipeline, log } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    const ids: (string | null)[] = []
    const written: string[] = []
    pipeline.addSink({
      name: 'file',
      async write(batch) {
        // Never a moment in which nothing waits.
        for (let index = 0; index < 3; index++) ids.push(log())
        await sleep(1)
        written.push(...idsOf(batch))
      },
      writeSync: (batch) => void written.push(...idsOf(batch)),
    })
    ids.push(log())
    await pipeline.drain(60_000)
    expect(written).toEqual(ids)
    await pipeline.shutdown(1_000)
  })

  it('hands over in the last moment what can be, and counts the rest', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    const sync: string[] = []
    const atOnce: string[] = []
    pipeline.addSink({
      name: 'sync',
      write: () => new Promise(() => {}),
      writeSync: (batch) => sync.push(...idsOf(batch)),
    })
    pipeline.addSink({ name: 'at once', write: (batch) => void atOnce.push(...idsOf(batch)) })
    addMemorySink('asynchronous')
    const ids = Array.from({ length: 700 }, () => log())
    log({ run: () => new Promise(() => {}) })
    pipeline.release()
    expect(sync).toEqual(ids)
    expect(atOnce).toEqual(ids)
    expect(pipeline.stats).toMatchObject({
      accepted: 701,
      events: 700,
      failed: 1,
      sinks: { sync: { delivered: 700 }, asynchronous: { delivered: 0, dropped: 700 } },
    })
    expect(log()).toBeNull()
  })

  it('hands over in the last moment what waited for room, too', async () => {
    const { pipeline, log } = createTestPipeline({ queueSize: 20, queueMaxBytes: 6_000 })
    const sync: string[] = []
    const atOnce: string[] = []
    pipeline.addSink({ name: 'at once', write: (batch) => void atOnce.push(...idsOf(batch)) })
    pipeline.addSink({
      name: 'sync',
      write: () => new Promise(() => {}),
      writeSync: (batch) => sync.push(...idsOf(batch)),
    })
    const ids: (string | null)[] = []
    for (let index = 0; index < 9; index++) {
      ids.push(log({ bytes: 10 }))
      await nextTurn()
    }
    pipeline.release()
    expect([sync, atOnce]).toEqual([ids, ids])
    expect(pipeline.stats).toMatchObject({ accepted: 9, events: 9, failed: 0 })
  })

  it('hands nothing over twice to a sink that answers now at once, now later', async () => {
    const { pipeline, log } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    const ids: (string | null)[] = []
    const written: string[] = []
    let calls = 0
    pipeline.addSink({
      name: 'moody',
      write(batch) {
        written.push(...idsOf(batch))
        if (calls < 6) ids.push(log())
        return calls++ % 2 === 0 ? undefined : sleep(5)
      },
    })
    ids.push(log())
    await pipeline.drain(5_000)
    expect(written).toEqual(ids)
    expect(pipeline.stats).toMatchObject({ sinks: { moody: { delivered: 7, dropped: 0, failures: 0 } } })
    await pipeline.shutdown(1_000)
  })

  it('writes again in the last moment what a write under way may not finish', async () => {
    const { pipeline, log } = createTestPipeline({ batched: false })
    const sync: string[] = []
    pipeline.addSink({
      name: 'sync',
      write: () => new Promise(() => {}),
      writeSync: (batch) => sync.push(...idsOf(batch)),
    })
    const first = log()
    await nextTurn()
    const second = log()
    pipeline.release()
    expect(sync).toEqual([first, second])
  })

  it('leaves nothing in the spool that every sink has, and comes again only to those that lack it', async () => {
    const folder = newFolder()
    const first = createTestPipeline({ folder, queueSize: 10 })
    const received = first.addMemorySink('works')
    first.addMemorySink('down', () => Promise.reject(new Error('down')))
    const ids = Array.from({ length: 50 }, () => first.log())
    await first.pipeline.flush()
    first.pipeline.release()
    expect(idsOf(received)).toEqual(ids)
    const second = createTestPipeline({ folder })
    const again = second.addMemorySink('works')
    const late = second.addMemorySink('down')
    await second.pipeline.flush()
    await second.pipeline.shutdown(1_000)
    expect(idsOf(again)).toEqual([])
    expect(idsOf(late)).toEqual(ids)
    expect(readdirSync(folder)).toEqual([])
  })

  it('has on disk what is known of an event that waits, and delivers it once when it is whole', async () => {
    const folder = newFolder()
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder, flushIntervalMs: 5 })
    const events = addMemorySink()
    const event = toEvent('waits')
    let finish = () => {}
    log({
      run(place) {
        place.leave()
        place.keep(() => event)
        return new Promise((resolve) => (finish = () => resolve(event)))
      },
    })
    const segments = () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'))
    expect(segments().map((name) => readFileSync(path.join(folder, name), 'utf8'))).toEqual([
      expect.stringContaining('waits'),
    ])
    const others = [log(), log()]
    await sleep(50)
    expect(idsOf(events)).toEqual(others)
    finish()
    await pipeline.flush()
    expect(idsOf(events)).toEqual([...others, 'waits'])
    expect(segments()).toEqual([])
    await pipeline.shutdown(1_000)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not held by a sink whose fault does not pass by itself', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    addMemorySink('unwritable', () => Promise.reject(new Error('cannot append', { cause })))
    const events = addMemorySink('slow', () => sleep(20))
    log()
    await pipeline.drain(600_000)
    expect(events).toHaveLength(1)
    expect(pipeline.stats.sinks['unwritable']).toMatchObject({ failures: 1, waiting: 1 })
    await pipeline.shutdown(600_000)
    expect(pipeline.stats.sinks['unwritable']).toMatchObject({ dropped: 1 })
  })

  it('asks again a sink that fails for now', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ flushIntervalMs: 3_600_000 })
    let failuresLeft = 3
    const events: SanitisedEvent[] = addMemorySink('flaky', () => {
      if (failuresLeft-- > 0) throw new Error('not now')
    })
    const id = log()
    await pipeline.drain(60_000)
    expect(idsOf(events)).toEqual([id])
    await pipeline.shutdown(1_000)
  })
})
