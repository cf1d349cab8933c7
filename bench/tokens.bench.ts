import { execFile } from 'node:child_process'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { get_encoding } from 'tiktoken'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countAll, createBpeCounter } from '../src/tokens/kernel/bpe-counter.ts'
import { loadEncoding } from '../src/tokens/kernel/encodings.ts'
import { createTokenEstimator, type TokenEstimatorOptions } from '../src/tokens/token-estimator.ts'
import { toAdversarialTexts } from '../test/tokens/adversarial-texts.ts'
import { countText } from '../test/tokens/answers.ts'
import { buildTokens, type BuiltTokens } from '../test/tokens/built-tokens.ts'
import { toNaturalTexts } from '../test/tokens/natural-texts.ts'
import { measureErrors, toTable } from '../test/tokens/estimate-errors.ts'
import { createRandom, toRandomText } from '../test/tokens/random-text.ts'
import { hasCorpus } from '../test/setup/corpus.ts'

/** What counting costs, and how close it comes: `npx vitest run --config bench/vitest.config.ts`. */
const gpt4o = { model: 'gpt-4o', provider: 'openai' }
const MB = 1_000_000

const print = (line: string) => process.stdout.write(`${line}\n`)
const create = (options: Partial<TokenEstimatorOptions> = {}) =>
  createTokenEstimator({ deadlineMs: 10_000, onFault: (name, error) => print(`${name}: ${String(error)}`), ...options })

/** CPU milliseconds. */
function measure(action: () => unknown): number {
  const before = process.cpuUsage()
  action()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function toQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Milliseconds of pings, one every 5 ms, for as long as `action` takes. */
async function ping(action: () => Promise<unknown>): Promise<number[]> {
  const server = createServer((_, response) => response.end('pong')).listen(0)
  const { port } = server.address() as AddressInfo
  const times: number[] = []
  const stop = new AbortController()
  const pinging = (async () => {
    while (!stop.signal.aborted) {
      const started = performance.now()
      await new Promise((resolve) => get({ port }, (response) => response.resume().on('end', resolve)))
      times.push(performance.now() - started)
      await sleep(5)
    }
  })()
  await action()
  stop.abort()
  await pinging
  server.close()
  return times
}

describe('the kernel', () => {
  it('counts 4 MB/s of English and 1.5 MB/s of Chinese', async () => {
    const counter = createBpeCounter(await loadEncoding('o200k_base'))
    const floors = { English: 4, Chinese: 1.5, code: 4 }
    for (const [name, text] of Object.entries(toNaturalTexts(2 * MB))) {
      countAll(counter, text.slice(0, 200_000))
      const speed = Buffer.byteLength(text) / MB / (measure(() => countAll(counter, text)) / 1_000)
      print(`o200k_base ${name}: ${speed.toFixed(1)} MB/s`)
      expect(speed).toBeGreaterThan(floors[name as keyof typeof floors])
    }
  })

  it('needs time in proportion to the length, whatever the text', async () => {
    const counter = createBpeCounter(await loadEncoding('o200k_base'))
    const [small, large] = [toAdversarialTexts(MB / 10), toAdversarialTexts(MB)]
    for (const [name, text] of Object.entries(large)) {
      const tenth = small[name] ?? ''
      countAll(counter, tenth)
      // Ten times, as one is too short for the clock.
      const timeOfTenth = measure(() => Array.from({ length: 10 }, () => countAll(counter, tenth))) / 10
      const time = measure(() => countAll(counter, text))
      print(`1 M characters of ${name}: ${time.toFixed(0)} ms, ${(time / timeOfTenth).toFixed(1)} times 100 K`)
      expect(time / (Buffer.byteLength(text) / MB)).toBeLessThan(1_500)
      expect(time / timeOfTenth).toBeLessThan(14)
    }
  })

  it.each(['o200k_base', 'cl100k_base'] as const)(
    'agrees with the reference encoder on 20,000 texts (%s)',
    async (name) => {
      const counter = createBpeCounter(await loadEncoding(name))
      const reference = get_encoding(name)
      const random = createRandom(5)
      let mismatches = 0
      for (let index = 0; index < 20_000; index++) {
        const text = toRandomText(random, 60)
        if (countAll(counter, text) !== reference.encode_ordinary(text).length) mismatches++
      }
      print(`${name}: ${mismatches} mismatches in 20,000 texts`)
      expect(mismatches).toBe(0)
    },
  )

  it('keeps nothing of 1,500 bodies of 100 KB', async () => {
    const counter = createBpeCounter(await loadEncoding('o200k_base'))
    const random = createRandom(7)
    const count = (bodies: number) => {
      for (let index = 0; index < bodies; index++) countAll(counter, `${random()} ${toNaturalTexts(100_000).English}`)
    }
    count(50)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    count(1_500)
    globalThis.gc?.()
    const growth = (process.memoryUsage().heapUsed - before) / MB
    print(`heap growth: ${growth.toFixed(2)} MB`)
    expect(growth).toBeLessThan(1)
  })
})

describe('a server', () => {
  let built: BuiltTokens
  beforeAll(async () => {
    built = await buildTokens('bench')
  })
  afterAll(() => built.remove())

  it.each([
    { kind: 'worker', isFallback: false },
    { kind: 'time slices', isFallback: true },
  ])('answers pings while it counts ten megabytes of hostile text ($kind)', async ({ kind, isFallback }) => {
    const estimator = create({ workers: isFallback ? false : built.worker })
    const baseline = toQuantile(await ping(() => sleep(2_000)), 0.99)
    const limit = isFallback ? 20 : Math.min(20, baseline + 10)
    for (const [name, text] of Object.entries(toAdversarialTexts(10 * MB))) {
      if (!['one letter', 'spaces', 'emoji', 'Han without punctuation'].includes(name)) continue
      let result = ''
      const times = await ping(async () => {
        // The second stays below the length that is sampled. Three times, for enough pings to have a 99th percentile.
        for (const body of [text, text.slice(0, 4 * MB), text, text.slice(0, 4 * MB), text, text.slice(0, 4 * MB)]) {
          const started = performance.now()
          const { tokens, sampled } = await countText(estimator, body, gpt4o)
          const seconds = (performance.now() - started) / 1_000
          result += ` ${body.length / MB} M ${tokens}${sampled ? ' sampled' : ''} ${seconds.toFixed(1)} s;`
          expect(seconds).toBeLessThan(5)
        }
      })
      const [p99, longest] = [toQuantile(times, 0.99), Math.max(...times)]
      print(`${kind}, ${name}:${result}`)
      print(
        `  ${times.length} pings: p99 ${p99.toFixed(1)} (baseline ${baseline.toFixed(1)}), max ${longest.toFixed(1)} ms`,
      )
      expect(p99).toBeLessThan(limit)
      expect(longest).toBeLessThan(100)
    }
    await estimator.shutdown()
  })

  it('pays less than 70 MB for the thread', async () => {
    const script = `
      const { createTokenEstimator } = await import(${JSON.stringify(built.estimatorModule.href)})
      const estimator = createTokenEstimator({ deadlineMs: 10_000, onFault: console.error })
      globalThis.gc()
      const before = process.memoryUsage().rss
      const text = ${JSON.stringify(toNaturalTexts(1_000).Chinese)}.repeat(1_000)
      for (let index = 0; index < 20; index++) await countText(estimator, text, { model: 'gpt-4o', provider: null })
      console.log((process.memoryUsage().rss - before) / 1e6)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '-e', script])
    print(`worker: ${Number(stdout).toFixed(0)} MB`)
    expect(Number(stdout)).toBeLessThan(70)
  })
})

describe.skipIf(!hasCorpus)(`recorded exchanges${hasCorpus ? '' : ' (skipped: ../shared/corpus is absent)'}`, () => {
  it('are estimated with these errors: median and 95th percentile (and how many)', async () => {
    const estimator = create({ workers: false })
    const errors = await measureErrors(estimator)
    print(toTable(errors))
    expect(errors.size).toBeGreaterThan(10)
    await estimator.shutdown()
  })
})
