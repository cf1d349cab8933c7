import { describe, expect, it } from 'vitest'
import type { CountRunner } from '../../src/tokens/worker/count-queue.ts'
import { createFailoverRunner, MAX_FAILURES } from '../../src/tokens/worker/failover-runner.ts'

const never = new AbortController().signal
const job = { encoding: 'o200k_base', texts: ['x'] } as const

const toRunner = (run: CountRunner['run']): CountRunner => ({ prepare: async () => {}, run, stop: async () => {} })

function create(outcomes: (number | Error)[]) {
  const faults: unknown[] = []
  let calls = 0
  const first = toRunner(async () => {
    const outcome = outcomes[calls++] ?? new Error('broken')
    if (typeof outcome === 'number') return outcome
    throw outcome
  })
  const second = toRunner(async () => 2)
  const runner = createFailoverRunner({ first, second, onFault: (error) => faults.push(error) })
  return { faults, runner, calls: () => calls }
}

describe('failing over', () => {
  it('does a job on the second runner when the first breaks, and reports it', async () => {
    const { faults, runner } = create([1, new Error('once'), 1])
    const counts = [await runner.run(job, never), await runner.run(job, never), await runner.run(job, never)]
    expect(counts).toEqual([1, 2, 1])
    expect(faults).toEqual([new Error('once')])
  })

  it('gives the first runner up for good when it breaks three times in a row', async () => {
    const { faults, runner, calls } = create([])
    for (let index = 0; index < MAX_FAILURES + 2; index++) expect(await runner.run(job, never)).toBe(2)
    expect(calls()).toBe(MAX_FAILURES)
    expect(faults).toHaveLength(MAX_FAILURES)
  })

  it('does not take a job that was given up for a failure', async () => {
    const { faults, runner } = create([])
    await expect(runner.run(job, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(faults).toEqual([])
  })
})
