import { describe, expect, it } from 'vitest'
import type { ReportedUsage, TokenCounts } from '../../src/core/records/usage.ts'
import { wireFormats } from '../../src/wire/formats.ts'
import { isObject, parseJson } from '../../src/core/json.ts'
import { read } from './read.ts'
import { samples } from './samples.ts'

const BODIES = 100_000
const SEED = 20_261_121

/** A small generator of its own, so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const JUNK = [
  '-1',
  '1e400',
  'null',
  '"7"',
  '{}',
  '[]',
  '0.5',
  '99999999999999999999',
  '{"usage":{"prompt_tokens":-3}}',
  'true',
  '\\',
  '"',
  '\r',
  '\n\n',
  '\0',
  '{"a":'.repeat(50),
]

const PATHS = [
  '/',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/messages',
  '/v1/complete',
  '/v1beta/models/m:streamGenerateContent',
  '/v1beta/interactions',
  '/api/chat',
  '/v1/chat',
  '/v2/chat',
  '/v2/rerank',
  '/model/m/converse',
  '/model/m/invoke',
  '/api/chat/completed',
  '/v1/threads/t/runs',
  '/completion',
  '/v1/audio/transcriptions',
]

type Random = (below: number) => number

const mutations: readonly ((body: Buffer, random: Random) => Buffer)[] = [
  (body, random) => body.subarray(0, random(body.length)),
  (body, random) => body.subarray(random(body.length)),
  (body, random) => {
    const copy = Buffer.from(body)
    for (let flips = random(8); flips >= 0; flips--) copy[random(copy.length)] = random(256)
    return copy
  },
  (body, random) => splice(body, random(body.length), random(60), Buffer.alloc(0)),
  (body, random) => splice(body, random(body.length), 0, body.subarray(random(body.length)).subarray(0, 300)),
  (body, random) => splice(body, random(body.length), 0, Buffer.from(JUNK[random(JUNK.length)] ?? '')),
  (body, random) => replaceValue(body, JUNK[random(JUNK.length)] ?? '', random),
  (body, random) => Buffer.concat([body, Buffer.from(samples[random(samples.length)] ?? '')]),
  (body, random) => changeEvents(body, random),
]

function splice(body: Buffer, at: number, remove: number, insert: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, at), insert, body.subarray(at + remove)])
}

/** Puts junk in place of one of the numbers. */
function replaceValue(body: Buffer, junk: string, random: Random): Buffer {
  const text = body.toString('latin1')
  const numbers = [...text.matchAll(/:\d+/g)]
  const chosen = numbers[random(numbers.length)]
  return chosen ? splice(body, chosen.index + 1, chosen[0].length - 1, Buffer.from(junk)) : body
}

/** Drops, doubles and swaps events. */
function changeEvents(body: Buffer, random: Random): Buffer {
  const events = body.toString('latin1').split('\n\n')
  const [moved = ''] = events.splice(random(events.length), 1)
  for (let copies = random(3); copies > 0; copies--) events.splice(random(events.length + 1), 0, moved)
  return Buffer.from(events.join('\n\n'), 'latin1')
}

function faultyCounts(counts: TokenCounts): unknown[] {
  const { cacheWriteByLifetime, toolCalls, ...plain } = counts
  const values = [
    ...Object.values(plain).filter((value) => typeof value === 'number'),
    ...Object.values(cacheWriteByLifetime),
    ...Object.values(toolCalls),
  ]
  return values.filter((value) => !Number.isFinite(value) || value < 0)
}

function faults(usage: ReportedUsage): unknown[] {
  const { providerCost, serviceTier, otherModels, raw, ...counts } = usage
  void raw
  const cost = providerCost === null || (Number.isFinite(providerCost) && providerCost >= 0) ? [] : [providerCost]
  const tier = serviceTier === null || typeof serviceTier === 'string' ? [] : [serviceTier]
  return [...faultyCounts(counts), ...cost, ...tier, ...otherModels.flatMap((other) => faultyCounts(other.counts))]
}

describe('any body', () => {
  it(`is read without a throw, a negative count or NaN, in ${BODIES} mutations`, { timeout: 120_000 }, () => {
    const random = createRandom(SEED)
    const faulty: unknown[] = []
    let counted = 0
    let slowest = 0
    for (let index = 0; index < BODIES; index++) {
      let body: Buffer = Buffer.from(samples[random(samples.length)] ?? '')
      for (let rounds = 1 + random(3); rounds > 0 && body.length > 0; rounds--) {
        body = mutations[random(mutations.length)]?.(body, random) ?? body
      }
      const start = performance.now()
      const { facts } = read(body, {
        wantText: random(2) === 0,
        complete: random(2) === 0,
        path: PATHS[random(PATHS.length)] ?? '/',
      })
      slowest = Math.max(slowest, performance.now() - start)
      const wrong = faults(facts.usage)
      if (wrong.length > 0) faulty.push({ index, body: body.toString(), wrong })
      if (facts.usage.input !== null) counted++
    }
    expect(faulty).toEqual([])
    console.log(`${BODIES} mutated bodies, ${counted} with counts, slowest ${slowest.toFixed(1)} ms`)
    expect(counted).toBeGreaterThan(BODIES / 10)
  })

  it('that was not changed has counts in every format', () => {
    const withoutTokens = samples.filter((body) => read(body).facts.usage.input === null)
    expect(withoutTokens.map(String)).toEqual([samples[13]])
  })

  it('is read in time that grows with its size', () => {
    for (const sample of samples) {
      const body = Buffer.from(sample)
      const time = (copies: number): number => {
        const large = Buffer.alloc(body.length * copies, body)
        const start = performance.now()
        read(large, { wantText: true })
        return performance.now() - start
      }
      time(20)
      const small = Math.min(time(100), time(100))
      const large = Math.min(time(1_000), time(1_000))
      expect([body.toString().slice(0, 60), large < Math.max(200, 40 * small)]).toEqual([
        body.toString().slice(0, 60),
        true,
      ])
    }
  })
})

describe('any request', () => {
  it('is read by every format without a throw', () => {
    const random = createRandom(SEED)
    const request = Buffer.from(
      JSON.stringify({
        model: 'm',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hi' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
            ],
          },
        ],
        contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] }],
        input: [{ role: 'user', content: 'Hi' }],
        tools: [{ functionDeclarations: [{ name: 'f' }] }],
        prompt: [[1, 2], 'x'],
        options: { num_predict: 5 },
      }),
    )
    for (let index = 0; index < 20_000; index++) {
      const body = parseJson((mutations[random(mutations.length)]?.(request, random) ?? request).toString())
      if (!isObject(body)) continue
      for (const format of wireFormats) {
        const { parameters } = format.readRequest(body)
        expect(Object.values(parameters).every((value) => value === null || Number.isFinite(value))).toBe(true)
      }
    }
  })
})
