import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EMPTY_PROMPT, type Completion, type Prompt } from '../../src/core/records/conversation.ts'
import { UNKNOWN_COUNTS } from '../../src/core/records/usage.ts'
import {
  createTokenEstimator,
  type TokenEstimator,
  type TokenEstimatorOptions,
} from '../../src/tokens/token-estimator.ts'
import { toAdversarialTexts } from './adversarial-texts.ts'
import { countText, toAnswer } from './answers.ts'
import { buildTokens, type BuiltTokens } from './built-tokens.ts'
import { toNaturalTexts } from './natural-texts.ts'

const gpt4o = { model: 'gpt-4o', provider: 'openai' }
const house = { model: 'house-7b', provider: null }
const question: Prompt = {
  ...EMPTY_PROMPT,
  messages: [
    { role: 'system', name: null, text: 'You are a helpful assistant.', media: [], toolCalls: [] },
    { role: 'user', name: null, text: 'hello world', media: [], toolCalls: [] },
  ],
}

const estimators: TokenEstimator[] = []
const faults: string[] = []

function create(options: Partial<TokenEstimatorOptions> = {}): TokenEstimator {
  const estimator = createTokenEstimator({
    deadlineMs: 5_000,
    onFault: (name, error) => faults.push(`${name}: ${(error as Error).message}`),
    workers: false,
    ...options,
  })
  estimators.push(estimator)
  return estimator
}

afterEach(async () => {
  await Promise.all(estimators.splice(0).map((estimator) => estimator.shutdown()))
  faults.length = 0
})

describe('counting', () => {
  it('counts a chat prompt of an OpenAI model exactly: 6 + 2 tokens of text, 4 for each message, 3 to open the answer', async () => {
    expect(await create().countPrompt(question, gpt4o)).toEqual({
      tokens: 6 + 2 + 2 * 4 + 3,
      source: 'tiktoken',
      lowerBound: false,
      sampled: false,
    })
  })

  it('counts answers without overhead', async () => {
    const estimator = create()
    expect((await estimator.countCompletion(toAnswer('hello world'), gpt4o)).tokens).toBe(2)
    expect((await countText(estimator, '', gpt4o)).tokens).toBe(0)
  })

  it('applies the factor of other families to the text, not to the overhead', async () => {
    const text = 'hello world '.repeat(50)
    const estimator = create()
    const { tokens } = await countText(estimator, text, gpt4o)
    expect(await countText(estimator, text, { model: 'claude-sonnet-4-5', provider: 'anthropic' })).toEqual({
      tokens: Math.round(tokens * 1.1) + 3,
      source: 'estimated',
      lowerBound: false,
      sampled: false,
    })
  })

  it('extrapolates an answer of which only a part was kept, and says so', async () => {
    const estimator = create()
    const whole = await estimator.countCompletion(toAnswer('hello world '.repeat(100)), gpt4o)
    const part = await estimator.countCompletion(toAnswer('hello world '.repeat(100), 12_000), gpt4o)
    expect(part).toEqual({ ...whole, tokens: whole.tokens * 10, source: 'estimated', sampled: true })
  })

  it('guesses an answer of which only the length was kept', async () => {
    expect(await create().countCompletion(toAnswer('', 4_000), gpt4o)).toEqual({
      tokens: 1_000,
      source: 'estimated',
      lowerBound: false,
      sampled: true,
    })
  })

  it('samples texts of more than four million characters, and is within 1 %', async () => {
    const estimator = create()
    const { English } = toNaturalTexts(1_000_000)
    const { tokens } = await countText(estimator, English, gpt4o)
    const huge = await countText(estimator, English.repeat(5), gpt4o)
    expect(huge).toMatchObject({ source: 'estimated', sampled: true })
    expect(Math.abs(huge.tokens / (5 * tokens) - 1)).toBeLessThan(0.01)
  })

  it('samples what is longer than 128 K characters where a coarse count is asked for, and is within 5 %', async () => {
    const estimator = create()
    const { English } = toNaturalTexts(1_000_000)
    const exact = await countText(estimator, English, gpt4o)
    const coarse = await countText(estimator, English, { ...gpt4o, coarse: true })
    expect([exact.sampled, coarse.sampled]).toEqual([false, true])
    expect(Math.abs(coarse.tokens / exact.tokens - 1)).toBeLessThan(0.05)
    const short = English.slice(0, 100_000)
    expect(await countText(estimator, short, { ...gpt4o, coarse: true })).toEqual(
      await countText(estimator, short, gpt4o),
    )
  })

  it('samples a prompt of many messages by their total length', async () => {
    const message = { role: 'user', name: null, text: 'word '.repeat(20_000), media: [], toolCalls: [] }
    const prompt = { ...EMPTY_PROMPT, messages: Array.from({ length: 50 }, () => message) }
    const count = await create().countPrompt(prompt, gpt4o)
    expect(count.sampled).toBe(true)
    expect(Math.abs(count.tokens / 1_000_250 - 1)).toBeLessThan(0.01)
  })

  it('falls back to a guess at the deadline', async () => {
    const count = await countText(create({ deadlineMs: 20 }), 'a'.repeat(4_000_000), gpt4o)
    expect(count).toMatchObject({ tokens: 1_000_000, source: 'estimated', sampled: true })
    expect(faults).toEqual(['token counting: counting was given up after 20 ms'])
  })

  it('answers at once, with a guess, after shutdown', async () => {
    const estimator = create()
    await estimator.shutdown()
    expect(await countText(estimator, 'four score and seven', gpt4o)).toMatchObject({ tokens: 5, source: 'estimated' })
  })

  it('never rejects, even for records that are not what they say', async () => {
    const estimator = create()
    const nothing = null as unknown
    const counts = await Promise.all([
      estimator.countPrompt(nothing as Prompt, gpt4o),
      estimator.countPrompt({ ...question, messages: [nothing] } as Prompt, gpt4o),
      estimator.countCompletion({} as Completion, gpt4o),
      estimator.countCompletion({ ...toAnswer(''), text: nothing as string }, gpt4o),
      estimator.countCompletion({ ...toAnswer(''), text: 7 as unknown as string }, gpt4o),
      countText(estimator, 'x', { model: 7 as unknown as string, provider: null }),
    ])
    for (const count of counts) expect(count).toMatchObject({ tokens: 0, source: 'estimated', lowerBound: true })
    expect(faults).toHaveLength(6)
  })
})

describe('a listener for faults', () => {
  it('may throw without harm', async () => {
    const estimator = create({
      workers: new URL('file:///nowhere/worker.js'),
      onFault: () => {
        throw new Error('no logger')
      },
    })
    estimator.register('gpt-4o', () => Number.NaN)
    expect(await countText(estimator, 'hello world', gpt4o)).toMatchObject({ tokens: 2 })
  })
})

describe('custom counters', () => {
  it('come first, with the texts of all messages and no overhead', async () => {
    const estimator = create()
    const texts: string[] = []
    estimator.register('gpt-4o', (text) => texts.push(text) * 100)
    expect(await estimator.countPrompt(question, gpt4o)).toEqual({
      tokens: 100,
      source: 'custom',
      lowerBound: false,
      sampled: false,
    })
    const toolCalls = [{ name: 'add', arguments: '{"a":1}' }]
    await estimator.countCompletion({ ...toAnswer('Done.'), reasoningText: 'Hm.', toolCalls }, gpt4o)
    expect(texts).toEqual(['You are a helpful assistant.\nhello world', 'Hm.\nDone.\nadd\n{"a":1}'])
  })

  it('have their count extrapolated where only a part of the answer was kept', async () => {
    const estimator = create()
    estimator.register(/^house/, (text) => text.length)
    expect(await estimator.countCompletion(toAnswer('12345', 50), house)).toMatchObject({ tokens: 50, sampled: true })
  })

  it('give way to the other rules when they fail', async () => {
    const estimator = create()
    const unregister = estimator.register('gpt-4o', () => Number.NaN)
    expect(await countText(estimator, 'hello world', gpt4o)).toMatchObject({ tokens: 2, source: 'tiktoken' })
    unregister()
    expect(faults).toEqual([expect.stringContaining('custom counter: The counter registered for gpt-4o failed')])
  })
})

describe('calibration', () => {
  const exchange = {
    prompt: question,
    completion: toAnswer('hello world'),
    counts: { ...UNKNOWN_COUNTS, input: 38, output: 4 },
    context: house,
  }

  it('is never due before a first count was needed, so that it never starts what counts', () => {
    expect(create({ calibrationInterval: 1 }).isCalibrationDue()).toBe(false)
  })

  it('is due for one of so many exchanges', async () => {
    const estimator = create({ calibrationInterval: 3, calibrationPauseMs: 0 })
    await countText(estimator, 'x', house)
    expect(Array.from({ length: 7 }, () => estimator.isCalibrationDue())).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ])
  })

  it('is due seldom, however many exchanges there are', async () => {
    const estimator = create({ calibrationInterval: 1, calibrationPauseMs: 3_600_000 })
    await countText(estimator, 'x', house)
    expect(Array.from({ length: 5 }, () => estimator.isCalibrationDue())).toEqual([true, false, false, false, false])
  })

  it('can be turned off', async () => {
    const estimator = create({ calibrationInterval: 0 })
    await countText(estimator, 'x', house)
    expect(estimator.isCalibrationDue()).toBe(false)
  })

  it('compares with what was reported', async () => {
    const estimator = create()
    for (let index = 0; index < 3; index++) await estimator.calibrate(exchange)
    expect(estimator.stats().accuracy['house-7b']).toEqual({
      prompt: { observations: 3, medianError: 0.5, p95Error: 0.5, factor: 2 },
      completion: { observations: 3, medianError: 0.5, p95Error: 0.5, factor: 2 },
    })
  })

  it('compares what is visible: without reasoning whose length is told, and not where it is hidden and untold', async () => {
    const estimator = create()
    const context = { model: 'o3', provider: null }
    await estimator.calibrate({ ...exchange, context })
    expect(estimator.stats().accuracy['o3']?.completion).toBeUndefined()
    const counts = { ...exchange.counts, output: 500 + 11, reasoning: 500 }
    await estimator.calibrate({ ...exchange, context, counts })
    expect(estimator.stats().accuracy['o3']?.completion).toMatchObject({ observations: 1, medianError: 0 })
  })

  it('corrects estimates by what was learned where that is asked for, of known families too', async () => {
    const [learned, plain] = [create({ applyLearned: true }), create()]
    const text = 'hello world '.repeat(50)
    for (const context of [house, { model: 'claude-opus-4-1', provider: 'anthropic' }]) {
      for (let index = 0; index < 20; index++) {
        for (const estimator of [learned, plain]) {
          const { tokens } = await plain.countCompletion(exchange.completion, context)
          const counts = { ...exchange.counts, output: 2 * tokens }
          await estimator.calibrate({ ...exchange, context, counts })
        }
      }
      const before = await countText(plain, text, context)
      expect(await countText(learned, text, context)).toEqual({ ...before, tokens: 2 * before.tokens })
    }
  })

  it('calls a count of the own vocabulary an estimate once it is corrected', async () => {
    const estimator = create({ applyLearned: true })
    const context = { ...gpt4o, format: 'openai-chat' }
    expect((await estimator.countPrompt(question, context)).source).toBe('tiktoken')
    for (let index = 0; index < 20; index++) await estimator.calibrate({ ...exchange, context })
    expect(await estimator.countPrompt(question, context)).toMatchObject({ tokens: 38, source: 'estimated' })
    expect(await estimator.countPrompt(question, gpt4o)).toMatchObject({ tokens: 19, source: 'tiktoken' })
  })

  it('learns nothing of prompts that hold what cannot be counted', async () => {
    const estimator = create()
    const prompt = { ...question, tools: [{ type: 'web_search' }] }
    await estimator.calibrate({ ...exchange, prompt, context: gpt4o })
    expect(estimator.stats().accuracy['gpt-4o']).toEqual({ completion: expect.objectContaining({ observations: 1 }) })
  })
})

describe('statistics', () => {
  it('count the answers by source, the samples, and what was given up', async () => {
    const estimator = create()
    estimator.register('mine', () => 1)
    await countText(estimator, 'x', { model: 'mine', provider: null })
    await countText(estimator, 'x', gpt4o)
    await estimator.countCompletion(toAnswer('x', 2), house)
    expect(estimator.stats()).toEqual({
      counts: { custom: 1, tiktoken: 1, estimated: 1 },
      sampled: 1,
      overdue: 0,
      refused: 0,
      accuracy: {},
    })
  })
})

describe('the built estimator', () => {
  let built: BuiltTokens
  const require = createRequire(import.meta.url)
  type Module = { createTokenEstimator: typeof createTokenEstimator }

  beforeAll(async () => {
    built = await buildTokens('token-estimator')
  })
  afterAll(() => built.remove())

  it.each(['ES module', 'CommonJS'])('finds the worker file beside it as %s', async (kind) => {
    const module = (
      kind === 'CommonJS' ? require(fileURLToPath(built.estimatorCommonJs)) : await import(built.estimatorModule.href)
    ) as Module
    const estimator = module.createTokenEstimator({
      deadlineMs: 5_000,
      onFault: (_, error) => faults.push(String(error)),
    })
    estimators.push(estimator)
    expect(await estimator.countPrompt(question, gpt4o)).toMatchObject({ tokens: 19, source: 'tiktoken' })
    expect(faults).toEqual([])
  })

  it('keeps the event loop free while it counts hostile text', async () => {
    const estimator = create({ workers: built.worker })
    await countText(estimator, 'warm up', gpt4o)
    const { 'one letter': text = '' } = toAdversarialTexts(4_000_000)
    const before = performance.eventLoopUtilization()
    const count = await countText(estimator, text, gpt4o)
    expect(count).toMatchObject({ tokens: 500_000, sampled: false })
    // What is left for the loop is to hand the text over.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.25)
  })

  it('starts no thread before something has to be counted', async () => {
    const estimator = create({ workers: new URL('missing.js', built.worker) })
    await countText(estimator, '', gpt4o)
    expect(faults).toEqual([])
  })

  it('lets the process end although the thread is idle', async () => {
    const script = `
      const { createTokenEstimator } = await import(${JSON.stringify(built.estimatorModule.href)})
      const estimator = createTokenEstimator({ deadlineMs: 5_000, onFault: console.error })
      const answer = { text: 'hello world', textLength: 11, reasoningText: '', reasoningLength: 0, toolCalls: [], forcedTool: null }
      console.log((await estimator.countCompletion(answer, { model: 'gpt-4o', provider: null })).tokens)`
    const child = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
    })
    expect(child).toEqual({ stdout: '2\n', stderr: '' })
  })

  it('counts in time slices where the worker file is missing, and reports it', async () => {
    const estimator = create({ workers: new URL('missing.js', built.worker) })
    expect(await countText(estimator, 'hello world', gpt4o)).toMatchObject({ tokens: 2, source: 'tiktoken' })
    expect(faults[0]).toContain('counting thread')
  })
})

describe('counting in time slices', () => {
  it('keeps the event loop free, too', async () => {
    const estimator = create()
    await countText(estimator, 'warm up', gpt4o)
    const before = process.cpuUsage()
    let last = before
    let longest = 0
    const toTime = (from: NodeJS.CpuUsage) => {
      const { user, system } = process.cpuUsage(from)
      return user + system
    }
    // By processor time: on a busy machine the clock goes on while others work.
    const beat = setInterval(() => {
      longest = Math.max(longest, toTime(last))
      last = process.cpuUsage()
    }, 1)
    const { spaces = '' } = toAdversarialTexts(1_000_000)
    await Promise.all([countText(estimator, spaces, gpt4o), countText(estimator, spaces, gpt4o)])
    clearInterval(beat)
    expect(longest / toTime(before)).toBeLessThan(0.15)
  })
})
