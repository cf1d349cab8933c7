import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { BATCH_BYTES, BodyCollector } from '../../src/stream/body-collector.ts'
import { turnBudget } from '../../src/stream/turn-budget.ts'

const BATCHES = 20

/** A digest for which each batch takes a third of the time that one turn has for all of them. */
function createCollector(maxBytes: number) {
  const read: number[] = []
  const push = (bytes: Buffer) => {
    const until = performance.now() + 4
    while (performance.now() < until);
    read.push(bytes.at(-1)!)
  }
  const collector = new BodyCollector({
    maxBytes,
    createDigest: (kind) => ({ kind, push, readOn() {}, isBehind: false }),
    path: '/',
    contentType: 'text/event-stream',
    keepTail: true,
  })
  return { collector, read }
}

const toBatch = (number: number) => Buffer.concat([Buffer.from('data: '), Buffer.alloc(BATCH_BYTES - 6, number)])

describe('the time of one turn', () => {
  it('is spent on some of many batches, and later turns read the rest in their order', async () => {
    const { collector, read } = createCollector(BATCHES * BATCH_BYTES)
    for (let number = 0; number < BATCHES; number++) collector.add(toBatch(number))
    expect(read.length).toBeGreaterThan(0)
    expect(read.length).toBeLessThan(BATCHES)
    while (collector.isBehind) await nextTurn()
    expect(read).toEqual(Array.from({ length: BATCHES }, (_, number) => number))
    expect(collector.take().truncated).toBe(false)
  })

  it('is overdrawn rather than that a batch is lost for which there is no room', () => {
    const { collector, read } = createCollector(2 * BATCH_BYTES)
    for (let number = 0; number < BATCHES; number++) collector.add(toBatch(number))
    expect(read.length).toBeGreaterThanOrEqual(BATCHES - 3)
    expect(collector.take().truncated).toBe(false)
  })

  it('is there anew in the next turn', async () => {
    await nextTurn()
    turnBudget.spend(() => {
      const until = performance.now() + 11
      while (performance.now() < until);
    })
    expect(turnBudget.isLeft).toBe(false)
    await nextTurn()
    await nextTurn()
    expect(turnBudget.isLeft).toBe(true)
  })
})
