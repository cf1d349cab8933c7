import { describe, expect, it } from 'vitest'
import { BoundedText, cutText } from '../../src/core/bounded-text.ts'
import { ConfigurationError, TokenTrackerError, toErrorMessage } from '../../src/core/errors.ts'
import { createFifo } from '../../src/core/fifo.ts'
import { createGuard } from '../../src/core/guard.ts'
import { parseJson, readCount } from '../../src/core/json.ts'
import { weakerSource } from '../../src/core/records/usage.ts'

describe('bounded text', () => {
  it('keeps its cap and goes on measuring', () => {
    const text = new BoundedText(5)
    for (const part of ['abc', 'def', 'ghi']) text.append(part)
    expect([text.text, text.length, text.truncated]).toEqual(['abcde', 9, true])
  })

  it('never ends inside a surrogate pair', () => {
    expect(cutText('ab😀', 3)).toBe('ab')
    const text = new BoundedText(3)
    text.append('ab')
    text.append('😀')
    text.append('c')
    expect(text.text).toBe('ab')
  })

  it('is not truncated when it fits exactly', () => {
    const text = new BoundedText(4)
    text.append('ab😀')
    expect([text.text, text.truncated]).toEqual(['ab😀', false])
  })
})

describe('errors', () => {
  it('are recognised across copies of the package', () => {
    const error = new ConfigurationError([{ name: 'A', problem: 'b' }])
    expect(error).toBeInstanceOf(TokenTrackerError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code: 'TT_ERR_CONFIGURATION', name: 'ConfigurationError' })
    expect(new TokenTrackerError('TT_ERR_SINK', 'x')).not.toBeInstanceOf(ConfigurationError)
    expect(new Error('x')).not.toBeInstanceOf(TokenTrackerError)
  })

  it('have a message whatever was thrown', () => {
    const hostile = {
      toString: () => {
        throw new Error('no')
      },
    }
    expect(toErrorMessage(hostile)).toBe('an error that cannot be described')
    expect(toErrorMessage(undefined)).toBe('undefined')
  })
})

describe('a fifo', () => {
  it('gives back what it got, in order, over many thousands', () => {
    const fifo = createFifo<number>()
    let expected = 0
    for (let index = 0; index < 50_000; index++) {
      fifo.push(index)
      if (index % 3 === 0) expect(fifo.shift()).toBe(expected++)
    }
    expect(fifo.length).toBe(50_000 - expected)
    while (fifo.length > 0) expect(fifo.shift()).toBe(expected++)
    expect(fifo.shift()).toBeUndefined()
  })
})

describe('a guard', () => {
  function setUp() {
    const lines: [object, string][] = []
    let time = 0
    const write = (fields: object, message: string) => void lines.push([fields, message])
    const logger = { debug: write, info: write, warn: write, error: write }
    const guard = createGuard(logger, { now: () => time, elapsed: () => time })
    return { guard, lines, pass: (ms: number) => (time += ms) }
  }

  it('answers the fallback when an action throws, and says so once a minute', () => {
    const { guard, lines, pass } = setUp()
    const fail = () =>
      guard.run(
        'hook',
        () => {
          throw new Error('boom')
        },
        'fallback',
      )
    expect(fail()).toBe('fallback')
    for (let index = 0; index < 100; index++) fail()
    expect(lines).toHaveLength(1)
    pass(60_000)
    fail()
    expect(lines[1]).toEqual([{ fault: 'hook', heldBack: 100 }, 'boom'])
    expect(guard.faults).toBe(102)
  })

  it('reports different faults apart', () => {
    const { guard, lines } = setUp()
    guard.report('a', 'x')
    guard.report('b', 'y')
    expect(lines).toHaveLength(2)
  })

  it('survives a logger that throws', () => {
    const fail = () => {
      throw new Error('no disk')
    }
    const guard = createGuard({ debug: fail, info: fail, warn: fail, error: fail }, { now: () => 0, elapsed: () => 0 })
    expect(() => guard.report('a', 'x')).not.toThrow()
  })
})

describe('reading untrusted values', () => {
  it('takes finite counts from zero up, and nothing else', () => {
    expect([0, 5, 1.5].map(readCount)).toEqual([0, 5, 1.5])
    for (const value of [-1, Number.NaN, Infinity, '5', null, undefined, {}, true]) expect(readCount(value)).toBeNull()
  })

  it('parses JSON behind blank lines and a byte order mark', () => {
    expect(parseJson('\n\n {"a":1}')).toEqual({ a: 1 })
    expect(parseJson('\uFEFF{"a":1}')).toEqual({ a: 1 })
    expect(parseJson('{"a":')).toBeUndefined()
  })

  it('calls the weaker of two sources by its name', () => {
    expect(weakerSource('api', 'estimated')).toBe('estimated')
    expect(weakerSource('tiktoken', 'custom')).toBe('tiktoken')
    expect(weakerSource(null, 'api')).toBe('api')
    expect(weakerSource(null, null)).toBeNull()
  })
})
