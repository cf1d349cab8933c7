import { describe, expect, it } from 'vitest'
import {
  createCountQueue,
  MAX_WAITING_CHARACTERS,
  MAX_WAITING_JOBS,
  type CountJob,
  type CountRunner,
} from '../../src/tokens/worker/count-queue.ts'

const toJob = (...texts: string[]): CountJob => ({ encoding: 'o200k_base', texts })

/** Counts characters; a text `hang` never ends, `fail` breaks. */
function createTestRunner(): CountRunner & { log: string[] } {
  const log: string[] = []
  return {
    log,
    prepare: async () => {},
    run: ({ texts }, signal) =>
      new Promise((resolve, reject) => {
        log.push(texts.join('+'))
        signal.addEventListener('abort', () => reject(signal.reason))
        if (texts[0] === 'fail') reject(new Error('broken'))
        else if (texts[0] !== 'hang') setImmediate(resolve, texts.join('').length)
      }),
    stop: async () => void log.push('stopped'),
  }
}

function create(deadlineMs = 40) {
  const runner = createTestRunner()
  const faults: string[] = []
  const queue = createCountQueue({ runner, deadlineMs, onFault: (error) => faults.push((error as Error).message) })
  return { runner, faults, queue }
}

describe('the queue of counts', () => {
  it('does one job after the other, first come first served', async () => {
    const { runner, queue } = create()
    const counts = await Promise.all([queue.count(toJob('a', 'b')), queue.count(toJob('ccc')), queue.count(toJob(''))])
    expect(counts).toEqual([2, 3, 0])
    expect(runner.log).toEqual(['a+b', 'ccc', ''])
  })

  it('gives a job up at the deadline, says so, and goes on with the next', async () => {
    const { faults, queue } = create()
    const stuck = queue.count(toJob('hang'))
    await new Promise((resolve) => setTimeout(resolve, 30))
    const next = queue.count(toJob('next'))
    expect(await stuck).toBeNull()
    expect(await next).toBe(4)
    expect(faults).toEqual(['counting was given up after 40 ms'])
    expect(queue.stats).toEqual({ overdue: 1, refused: 0 })
  })

  it('does not begin a job that has waited past its deadline', async () => {
    const { runner, queue } = create()
    const counts = [queue.count(toJob('hang')), queue.count(toJob('hang')), queue.count(toJob('late'))]
    expect(await Promise.all(counts)).toEqual([null, null, null])
    expect(runner.log).toEqual(['hang'])
    expect(queue.stats.overdue).toBe(3)
  })

  it('answers null for a job that breaks, and goes on', async () => {
    const { faults, queue } = create()
    expect(await Promise.all([queue.count(toJob('fail')), queue.count(toJob('ok'))])).toEqual([null, 2])
    expect(faults).toEqual(['broken'])
  })

  it('refuses jobs beyond a thousand', async () => {
    const { queue } = create()
    const counts = Array.from({ length: MAX_WAITING_JOBS + 2 }, () => queue.count(toJob('hang')))
    expect(await counts.at(-1)).toBeNull()
    // The first job has left the waiting line for the runner.
    expect(queue.stats.refused).toBe(1)
    await queue.shutdown()
  })

  it('refuses jobs beyond 32 million characters, and takes jobs again when there is room', async () => {
    const { queue } = create(10_000)
    const half = 'x'.repeat(MAX_WAITING_CHARACTERS / 2)
    const counts = [queue.count(toJob(half)), queue.count(toJob(half)), queue.count(toJob('x'))]
    expect(await Promise.all(counts)).toEqual([half.length, half.length, null])
    expect(await queue.count(toJob('x'))).toBe(1)
  })

  it('answers all that waits, stops the runner, and refuses what comes after shutdown', async () => {
    const { runner, faults, queue } = create(10_000)
    const counts = [queue.count(toJob('hang')), queue.count(toJob('waiting'))]
    await new Promise(setImmediate)
    await queue.shutdown()
    expect(await Promise.all(counts)).toEqual([null, null])
    expect(await queue.count(toJob('later'))).toBeNull()
    expect(runner.log).toEqual(['hang', 'stopped'])
    expect(faults).toEqual([])
  })
})
