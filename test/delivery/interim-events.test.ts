import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { SanitisedEvent, UsageEvent } from '../../src/core/records/event.ts'
import { createGuard } from '../../src/core/guard.ts'
import type { EventJob } from '../../src/delivery/event-job.ts'
import { createSpool } from '../../src/delivery/spool/spool.ts'
import { createTestPipeline, silentLogger, toEvent } from './test-pipeline.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-held-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const withCost = (event: SanitisedEvent, cost: number): SanitisedEvent =>
  ({ ...(event as UsageEvent), total_cost: cost }) as SanitisedEvent
const listSegments = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'))
const openSpool = () => createSpool({ folder, guard: createGuard(silentLogger, systemClock) })

/** A job that keeps what it knows and then waits for `whole`. */
function keeping(known: SanitisedEvent, whole: Promise<SanitisedEvent>): Partial<EventJob> {
  return {
    run(place) {
      place.keep(() => known)
      return whole
    },
  }
}

describe('an event that waits for its price', () => {
  it('is on disk at once, reaches a sink only when it is whole, and leaves nothing behind', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder })
    const events = addMemorySink()
    const known = toEvent()
    let resolve: (event: SanitisedEvent) => void = () => {}
    log(keeping(known, new Promise((done) => void (resolve = done))))
    expect(listSegments()).toHaveLength(1)
    await sleep(60)
    expect(events).toEqual([])
    resolve(withCost(known, 1))
    await pipeline.flush()
    expect(events).toEqual([expect.objectContaining({ id: known.id, total_cost: 1 })])
    await pipeline.shutdown(1_000)
    expect(listSegments()).toEqual([])
  })

  it('is completed and delivered by the next process when its own died', async () => {
    const dead = openSpool()
    dead.addSink('memory')
    const known = toEvent()
    dead.keep(known)
    dead.close()

    const { pipeline, addMemorySink } = createTestPipeline({
      folder,
      complete: async (interim) => withCost(interim, 2),
    })
    const events = addMemorySink()
    await pipeline.flush()
    expect(events).toEqual([expect.objectContaining({ id: known.id, total_cost: 2 })])
    await pipeline.shutdown(1_000)
    expect(listSegments()).toEqual([])
  })

  it('does not come a second time once the whole event was written', async () => {
    const dead = openSpool()
    dead.addSink('memory')
    const known = toEvent()
    const kept = dead.keep(known)
    dead.append(withCost(known, 3))
    if (kept) dead.replace(kept)
    dead.close()

    const { pipeline, addMemorySink } = createTestPipeline({ folder })
    const events = addMemorySink()
    await pipeline.flush()
    expect(events).toEqual([expect.objectContaining({ id: known.id, total_cost: 3 })])
    await pipeline.shutdown(1_000)
  })

  it('stays on disk when its process ends before the rest is known', async () => {
    const first = createTestPipeline({ folder })
    first.addMemorySink()
    const known = toEvent()
    let finish: (event: SanitisedEvent) => void = () => {}
    first.log(keeping(known, new Promise((resolve) => (finish = resolve))))
    await first.pipeline.shutdown(50)
    expect(first.pipeline.stats).toMatchObject({ accepted: 1, failed: 1 })
    finish(withCost(known, 4))
    await sleep(20)
    const second = createTestPipeline({ folder })
    const events = second.addMemorySink()
    await second.pipeline.flush()
    expect(events.map(({ id }) => id)).toEqual([known.id])
    await second.pipeline.shutdown(1_000)
  })

  it('is delivered as far as it is known when finding out the rest fails', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder })
    const events = addMemorySink()
    const known = toEvent()
    log(keeping(known, Promise.reject(new Error('no price list'))))
    await pipeline.flush()
    expect(events.map(({ id }) => id)).toEqual([known.id])
    expect(pipeline.stats).toMatchObject({ events: 1, failed: 0 })
    await pipeline.shutdown(1_000)
    expect(listSegments()).toEqual([])
  })

  it('is let go of when it turns out to be none', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder })
    const events = addMemorySink()
    log({
      async run(place) {
        place.keep(() => toEvent())
        await sleep(20)
        return null
      },
    })
    expect(listSegments()).toHaveLength(1)
    await pipeline.flush()
    expect([events, listSegments(), pipeline.stats.ignored]).toEqual([[], [], 1])
    await pipeline.shutdown(1_000)
  })

  it('is kept a moment later where that is enough, and not where the job has ended by then', async () => {
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder })
    addMemorySink()
    const kept: string[] = []
    const waits = (ms: number, name: string): Partial<EventJob> => ({
      async run(place) {
        place.keepSoon(() => {
          kept.push(name)
          return toEvent(name)
        })
        await sleep(ms)
        return toEvent(name)
      },
    })
    log(waits(0, 'short'))
    log(waits(100, 'long'))
    await sleep(60)
    expect([kept, listSegments()]).toEqual([['long'], [expect.anything()]])
    await pipeline.flush()
    expect(listSegments()).toEqual([])
    await pipeline.shutdown(1_000)
  })

  it('is kept anew when more is known, and only the newest counts', async () => {
    const first = createTestPipeline({ folder })
    first.addMemorySink()
    const known = toEvent()
    first.log({
      run(place) {
        place.keep(() => withCost(known, 1))
        place.keep(() => null)
        place.keep(() => withCost(known, 2))
        place.keep(() => {
          throw new Error('a fault of ours')
        })
        return new Promise(() => {})
      },
    })
    await first.pipeline.shutdown(50)
    const second = createTestPipeline({ folder })
    const events = second.addMemorySink()
    await second.pipeline.flush()
    expect(events).toEqual([expect.objectContaining({ id: known.id, total_cost: 2 })])
    await second.pipeline.shutdown(1_000)
  })

  it('is told of once, whole or as far as it is known', async () => {
    const made: unknown[] = []
    const { pipeline, log, addMemorySink } = createTestPipeline({ folder, onEvent: (event) => void made.push(event) })
    addMemorySink()
    const [known, whole] = [toEvent(), toEvent()]
    log(keeping(known, Promise.reject(new Error('no price list'))))
    log(keeping(toEvent(whole.id), Promise.resolve(whole)))
    await pipeline.flush()
    expect(made).toEqual([known, whole])
    await pipeline.shutdown(1_000)
  })
})
