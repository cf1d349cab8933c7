import { get_encoding } from 'tiktoken'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CountRunner } from '../../src/tokens/worker/count-queue.ts'
import { createThreadRunner } from '../../src/tokens/worker/thread-runner.ts'
import { buildTokens, type BuiltTokens } from './built-tokens.ts'

const reference = get_encoding('o200k_base')
const never = new AbortController().signal
const text = 'The ferry left at nine. '.repeat(200)

describe('the counting thread', () => {
  let built: BuiltTokens
  const runners: CountRunner[] = []

  function create(url = built.worker): CountRunner {
    const runner = createThreadRunner(url)
    runners.push(runner)
    return runner
  }

  beforeAll(async () => {
    built = await buildTokens('thread-runner')
  })
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()))
  })
  afterAll(() => built.remove())

  it('counts each text by itself and sums them', async () => {
    const texts = [text, '', 'naïve 漢字 😀', 'a\ud83d', '<|endoftext|>', text]
    const expected = texts.reduce((sum, part) => sum + reference.encode_ordinary(part).length, 0)
    expect(await create().run({ encoding: 'o200k_base', texts }, never)).toBe(expected)
  })

  it('ends the thread when a job is given up, and starts another for the next', async () => {
    const runner = create()
    await runner.prepare('o200k_base', never)
    const long = { encoding: 'o200k_base', texts: ['a'.repeat(4_000_000)] } as const
    const beforeWhole = performance.now()
    await runner.run(long, never)
    const whole = performance.now() - beforeWhole
    const giveUp = new AbortController()
    const started = performance.now()
    const job = runner.run(long, giveUp.signal)
    setTimeout(() => giveUp.abort(new Error('too late')), 20)
    await expect(job).rejects.toThrow('too late')
    expect((performance.now() - started) / whole).toBeLessThan(0.5)
    expect(await runner.run({ encoding: 'o200k_base', texts: ['hello world'] }, never)).toBe(2)
  })

  it('rejects where the worker file is missing, and says how to mend it', async () => {
    const runner = create(new URL('missing.js', built.worker))
    const job = { encoding: 'o200k_base', texts: ['x'] } as const
    await expect(runner.run(job, never)).rejects.toThrow(/missing\.js.*counterWorker: new URL/s)
  })

  it('rejects where the worker ends without an answer', async () => {
    const runner = create(new URL('data:text/javascript,process.exit(3)'))
    await expect(runner.run({ encoding: 'o200k_base', texts: ['x'] }, never)).rejects.toThrow('ended with code 3')
  })

  it('rejects where the worker cannot count, and stays usable', async () => {
    const runner = create()
    const encoding = 'no_such_base' as 'o200k_base'
    await expect(runner.run({ encoding, texts: ['x'] }, never)).rejects.toThrow('not a function')
    expect(await runner.run({ encoding: 'cl100k_base', texts: ['hello world'] }, never)).toBe(2)
  })
})
