import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createWorkQueue, type Job, type Place, type WorkQueueOptions } from '../../src/delivery/work-queue.ts'

interface TestJob extends Job {
  run(place: Place): void | PromiseLike<void>
}

function createQueue(options: Partial<WorkQueueOptions> = {}) {
  return createWorkQueue<TestJob>(
    { maxJobs: 1_000, maxBytes: 1_000_000, immediate: false, ...options },
    ({ run }, place) => run(place),
  )
}

function toJob(run: TestJob['run'], bytes = 100): TestJob {
  return { bytes, isSmall: false, run }
}

function keepBusy(durationMs: number): void {
  const until = performance.now() + durationMs
  while (performance.now() < until);
}

describe('the work queue', () => {
  it('runs jobs in order, and none inside the call that brings it', async () => {
    const queue = createQueue()
    const ran: number[] = []
    for (let index = 0; index < 40; index++) queue.push(toJob(() => void ran.push(index)))
    expect(ran).toEqual([])
    await queue.idle()
    expect(ran).toEqual(Array.from({ length: 40 }, (_, index) => index))
    expect(queue.depth).toBe(0)
  })

  it('runs a group in the next turn, and a lone job soon', async () => {
    const queue = createQueue()
    let ran = 0
    for (let index = 0; index < 16; index++) queue.push(toJob(() => void ran++))
    await nextTurn()
    expect(ran).toBe(16)
    queue.push(toJob(() => void ran++))
    await nextTurn()
    expect(ran).toBe(16)
    await sleep(100)
    expect(ran).toBe(17)
  })

  it('does not keep large bodies waiting for company', async () => {
    const queue = createQueue()
    let ran = 0
    queue.push(toJob(() => void ran++, 500_000))
    await nextTurn()
    expect(ran).toBe(1)
  })

  it('does not make who waits for it wait for company', async () => {
    const queue = createQueue()
    let ran = 0
    queue.push(toJob(() => void ran++))
    const idle = queue.idle()
    await nextTurn()
    expect(ran).toBe(1)
    await idle
  })

  it('leaves the event loop to others between its slices', async () => {
    const queue = createQueue()
    for (let index = 0; index < 100; index++) queue.push(toJob(() => keepBusy(1)))
    let turns = 0
    for (; queue.depth > 0; turns++) await nextTurn()
    expect(turns).toBeGreaterThanOrEqual(25)
  })

  it('works longer past half of its limits, and never without an end', async () => {
    const queue = createQueue({ maxJobs: 100 })
    for (let index = 0; index < 100; index++) expect(queue.push(toJob(() => keepBusy(1)))).toBe(true)
    expect(queue.push(toJob(() => {}))).toBe(false)
    await nextTurn()
    expect(queue.depth).toBeLessThan(95)
    expect(queue.depth).toBeGreaterThan(70)
    await queue.idle()
  })

  it.each([1, 4, 10])('of %i jobs takes every job that comes alone', async (maxJobs) => {
    const queue = createQueue({ maxJobs })
    for (let index = 0; index < 50; index++) {
      expect(queue.push(toJob(() => {}))).toBe(true)
      await nextTurn()
      await nextTurn()
    }
    await queue.idle()
  })

  it('lets sixteen jobs wait at once, and goes on when one is done', async () => {
    const queue = createQueue()
    const open: (() => void)[] = []
    let started = 0
    const wait = () => {
      started++
      return new Promise<void>((resolve) => void open.push(resolve))
    }
    for (let index = 0; index < 40; index++) queue.push(toJob(wait))
    await nextTurn()
    expect(started).toBe(16)
    open.shift()?.()
    await sleep(20)
    expect([started, queue.depth]).toEqual([17, 39])
    while (queue.depth > 0) {
      for (const done of open.splice(0)) done()
      await nextTurn()
    }
    expect(started).toBe(40)
  })

  it('counts what a job says that it holds by now, starts no more while that is too much, and goes on after', async () => {
    const queue = createQueue({ maxJobs: 1_000, maxBytes: 10_000 })
    const open: (() => void)[] = []
    let started = 0
    const grow: TestJob['run'] = (place) => {
      started++
      place.leave()
      place.hold(4_000)
      return new Promise<void>((resolve) => void open.push(resolve))
    }
    for (let index = 0; index < 50; index++) expect(queue.push(toJob(grow))).toBe(true)
    await nextTurn()
    expect(started).toBeLessThan(5)
    expect([queue.push(toJob(grow)), queue.isUnderPressure]).toEqual([false, true])
    while (queue.depth > 0) {
      expect(open.length).toBeGreaterThan(0)
      expect(open.length).toBeLessThan(5)
      open.shift()?.()
      await nextTurn()
      await nextTurn()
    }
    expect(started).toBe(50)
    expect(queue.push(toJob(() => {}, 10_000))).toBe(true)
    await queue.idle()
  })

  it('goes on when a job lets go of what it held', async () => {
    const queue = createQueue({ maxBytes: 10_000 })
    let shrink = () => {}
    queue.push(
      toJob((place) => {
        place.leave()
        place.hold(20_000)
        shrink = () => place.hold(10)
        return new Promise<void>(() => {})
      }, 5_000),
    )
    let ran = false
    queue.push(toJob(() => void (ran = true)))
    await nextTurn()
    await nextTurn()
    expect(ran).toBe(false)
    shrink()
    await nextTurn()
    expect([ran, queue.depth]).toEqual([true, 1])
  })

  it('gives the place of a job that only waits to another', async () => {
    const queue = createQueue()
    const open: (() => void)[] = []
    let ran = 0
    for (let index = 0; index < 40; index++) {
      queue.push(
        toJob((place) => {
          place.leave()
          place.leave()
          return new Promise<void>((resolve) => void open.push(resolve))
        }),
      )
    }
    for (let index = 0; index < 40; index++) queue.push(toJob(() => void ran++))
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    expect([open.length, ran, queue.depth]).toEqual([40, 40, 40])
    for (const done of open) done()
    await queue.idle()
    let started = 0
    const wait = () => new Promise<void>((resolve) => (started++, open.push(resolve)))
    for (let index = 0; index < 40; index++) queue.push(toJob(wait))
    await nextTurn()
    expect(started).toBe(16)
    queue.runSync()
    expect(started).toBe(40)
    for (const done of open) done()
    await queue.idle()
  })

  it('holds no job that has run, however long others take', async () => {
    const queue = createQueue({ immediate: true })
    let release = () => {}
    queue.push(toJob(() => new Promise<void>((resolve) => void (release = resolve))))
    const ends: WeakRef<Job>[] = []
    const pushNew = () => {
      const job = toJob(() => {})
      ends.push(new WeakRef(job))
      queue.push(job)
    }
    for (let index = 0; index < 10; index++) pushNew()
    await sleep(10)
    setFlagsFromString('--expose-gc')
    ;(runInNewContext('gc') as () => void)()
    expect(ends.filter((end) => end.deref() !== undefined)).toEqual([])
    release()
    await queue.idle()
  })

  it('is idle for who asked, whatever comes behind', async () => {
    const queue = createQueue()
    let release = () => {}
    queue.push(toJob(() => {}))
    const idle = queue.idle()
    queue.push(toJob(() => new Promise<void>((resolve) => void (release = resolve))))
    await idle
    expect(queue.depth).toBe(1)
    release()
    await queue.idle()
  })

  it('is full by bytes, but takes one job of any size', async () => {
    const queue = createQueue({ maxBytes: 1_000 })
    expect(queue.push(toJob(() => {}, 5_000))).toBe(true)
    expect(queue.push(toJob(() => {}, 1))).toBe(false)
    await queue.idle()
    expect(queue.push(toJob(() => {}, 1))).toBe(true)
    await queue.idle()
  })

  it('has room for small jobs when it has none for large ones', async () => {
    const queue = createQueue({ maxBytes: 64 * 1024 * 1024 })
    while (queue.push(toJob(() => {}, 900_000)));
    expect(queue.depth).toBeGreaterThan(50)
    for (let index = 0; index < 900; index++) expect(queue.push(toJob(() => {}, 3_000))).toBe(true)
    await queue.idle()
  })

  it('starts at once when it is told to', async () => {
    const queue = createQueue({ immediate: true })
    let ran = 0
    queue.push(toJob(() => void ran++))
    expect(ran).toBe(1)
    await queue.idle()
  })
})
