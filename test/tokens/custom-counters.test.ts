import { describe, expect, it, vi } from 'vitest'
import {
  createCustomCounters,
  MAX_CALLS,
  MAX_COUNTERS,
  MAX_PATTERN_INPUT,
  type CustomCounter,
} from '../../src/tokens/custom-counters.ts'

function create(deadlineMs = 30) {
  const faults: unknown[] = []
  return { faults, counters: createCustomCounters({ deadlineMs, onFault: (error) => faults.push(error) }) }
}
const messages = (faults: readonly unknown[]) => faults.map((fault) => (fault as Error).message)

describe('registering a counter', () => {
  it('prefers exact names to patterns, and later registrations to earlier ones', async () => {
    const { counters } = create()
    counters.register('house-7b', () => 1)
    counters.register('house-7b', () => 2)
    counters.register(/^house-/, () => 3)
    counters.register(/^house/, () => 4)
    expect(await counters.count('x', 'house-7b')).toBe(2)
    expect(await counters.count('x', 'house-13b')).toBe(4)
    expect(await counters.count('x', 'other')).toBeNull()
    expect(await counters.count('x', null)).toBeNull()
  })

  it('returns what takes that registration back, and no other', async () => {
    const { counters } = create()
    counters.register('a', () => 1)
    const unregister = counters.register('a', () => 2)
    unregister()
    unregister()
    expect(await counters.count('x', 'a')).toBe(1)
  })

  it('matches a pattern with the global or sticky flag each time', async () => {
    const { counters } = create()
    counters.register(/house/gy, () => 5)
    expect([await counters.count('x', 'house'), await counters.count('x', 'house')]).toEqual([5, 5])
  })

  it('shows a pattern only the first characters of a name', async () => {
    const { counters } = create()
    counters.register(/end$/, () => 1)
    expect(counters.has(`${'a'.repeat(MAX_PATTERN_INPUT - 3)}end`)).toBe(true)
    expect(counters.has(`${'a'.repeat(MAX_PATTERN_INPUT)}end`)).toBe(false)
  })

  it.each<[unknown, unknown, string]>([
    ['', () => 1, 'expected a model name or a pattern of model names, got an empty text'],
    [7, () => 1, 'expected a model name or a pattern of model names, got number'],
    ['a', 'count', 'expected a function (text, { model }) => number of tokens, got string'],
    ['a', null, 'expected a function (text, { model }) => number of tokens, got null'],
  ])('refuses %j with %j', (model, counter, problem) => {
    const { counters } = create()
    expect(() => counters.register(model as string, counter as () => number)).toThrow(
      expect.objectContaining({ code: 'TT_ERR_INVALID_ARGUMENT', message: expect.stringContaining(problem) }),
    )
  })

  it('refuses more than a thousand', () => {
    const { counters } = create()
    for (let index = 0; index < MAX_COUNTERS; index++) counters.register(`model-${index}`, () => 1)
    expect(() => counters.register('one-more', () => 1)).toThrow('expected at most 1000 counters')
  })
})

describe('calling a counter', () => {
  it('passes text and model, waits for a promise, and rounds fractions', async () => {
    const { counters } = create()
    const counter = vi.fn<CustomCounter>(async (text) => text.length / 4)
    counters.register('house', counter)
    expect(await counters.count('five!', 'house')).toBe(1)
    expect(counter).toHaveBeenCalledWith('five!', { model: 'house' })
  })

  it.each<[string, unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no vocabulary')
      },
      'no vocabulary',
    ],
    ['rejects', () => Promise.reject(new Error('offline')), 'offline'],
    ['answers NaN', () => Number.NaN, 'expected a number of tokens from 0 up, got number NaN'],
    ['answers less than nothing', () => -1, 'got number -1'],
    ['answers Infinity', () => Number.POSITIVE_INFINITY, 'got number Infinity'],
    ['answers a text', () => '12', 'got string 12'],
    ['answers nothing', () => undefined, 'got undefined undefined'],
    ['hangs', () => new Promise(() => {}), 'expected an answer within 30 ms, got none'],
  ])('gives no count and reports once when a counter %s', async (_, counter, problem) => {
    const { counters, faults } = create()
    counters.register('house', counter as CustomCounter)
    expect(await counters.count('x', 'house')).toBeNull()
    expect(await counters.count('x', 'house')).toBeNull()
    expect(messages(faults)).toEqual([expect.stringContaining(problem)])
    expect(faults[0]).toMatchObject({ code: 'TT_ERR_COUNTER' })
  })

  it('ignores an answer, or a rejection, that comes after the deadline', async () => {
    const { counters, faults } = create(10)
    counters.register('late', () => new Promise((resolve) => setTimeout(resolve, 30, 7)))
    counters.register('sorry', () => new Promise((_, reject) => setTimeout(reject, 30, new Error('too late'))))
    expect(await Promise.all([counters.count('x', 'late'), counters.count('x', 'sorry')])).toEqual([null, null])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(faults).toHaveLength(2)
  })

  it('stops calling a counter that never answers, so that it costs no more time', async () => {
    const { counters } = create(10)
    const counter = vi.fn<CustomCounter>(() => new Promise(() => {}))
    counters.register('hung', counter)
    await Promise.all(Array.from({ length: MAX_CALLS + 5 }, () => counters.count('x', 'hung')))
    expect(counter).toHaveBeenCalledTimes(MAX_CALLS)
  })

  it('goes on with a counter that was busy and has answered', async () => {
    const { counters } = create(1_000)
    const answers: ((tokens: number) => void)[] = []
    counters.register('slow', () => new Promise((resolve) => answers.push(resolve)))
    const first = Array.from({ length: MAX_CALLS }, () => counters.count('x', 'slow'))
    await vi.waitFor(() => expect(answers).toHaveLength(MAX_CALLS))
    for (const answer of answers) answer(3)
    expect(await Promise.all(first)).toEqual(Array.from({ length: MAX_CALLS }, () => 3))
    const next = counters.count('x', 'slow')
    await vi.waitFor(() => expect(answers).toHaveLength(MAX_CALLS + 1))
    answers.at(-1)?.(4)
    expect(await next).toBe(4)
  })
})
