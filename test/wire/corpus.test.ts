import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readResponseBody } from '../../src/interpret/bodies/read-response.ts'
import { createStreamDigest } from '../../src/interpret/bodies/response-digest.ts'
import { detectBodyKind } from '../../src/stream/body-kind.ts'
import type { ReportedUsage } from '../../src/core/records/usage.ts'
import { READ_BEYOND } from '../setup/corpus.ts'

const shared = path.join(import.meta.dirname, '../../../shared')
const corpus = path.join(shared, 'corpus')
const hasCorpus = existsSync(path.join(corpus, 'index.ndjson'))

if (!hasCorpus) console.warn(`The recorded responses are not there (${corpus}): their tests are skipped.`)

const SPLITS = [
  'whole',
  'event',
  'line',
  'recorded',
  'bytes:1',
  'random:1',
  'random:2',
  'random:3',
  'random:4',
  'random:5',
]

interface Expected {
  readonly input: number | null
  readonly output: number | null
  readonly cached_read: number | null
  readonly cache_write: number | null
  readonly reasoning: number | null
  readonly billed_input?: number | null
  readonly cost_reported?: number | null
  readonly other_models?: Readonly<Record<string, { readonly input: number; readonly output: number }>>
  readonly ambiguous?: boolean
  readonly not_consumption?: boolean
}

interface RecordedCase {
  readonly meta: { readonly expected: Expected; readonly status: number }
  readonly request: { readonly method: string; readonly path: string }
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly chunks: readonly number[] | null
}

interface ReplayTools {
  loadCase(corpus: string, id: string): RecordedCase
  pieces(body: Buffer, split: string, chunks: readonly number[] | null): Buffer[]
}

/** A part that a provider does not mention is unknown to us and 0 in the recordings' expectations. */
function toPart(ours: number | null, theirs: number | null): number | null {
  return ours === null && theirs === 0 ? 0 : ours
}

function toComparable(usage: ReportedUsage, expected: Expected) {
  return {
    input: usage.input,
    output: usage.output,
    cached_read: toPart(usage.cacheRead, expected.cached_read),
    cache_write: toPart(usage.cacheWrite, expected.cache_write),
    reasoning: toPart(usage.reasoning, expected.reasoning),
  }
}

function readPieces(recorded: RecordedCase, pieces: readonly Buffer[], wantText: boolean) {
  const { body, headers, meta, request } = recorded
  const contentType = headers['content-type'] ?? null
  const requestPath = request.path.split('?')[0] ?? ''
  const kind = detectBodyKind(body, contentType)
  const digest = kind === 'json' || kind === 'unknown' ? null : createStreamDigest(kind, requestPath)
  // A plain body is gathered whole before it is read; only streams are read in pieces.
  if (digest) for (const piece of pieces) digest.push(piece)
  const head = digest ? Buffer.alloc(0) : Buffer.concat(pieces)
  return readResponseBody({
    body: { kind, head, text: null, tail: Buffer.alloc(0), digest, truncated: false },
    path: requestPath,
    status: meta.status,
    complete: true,
    wantText,
    headers,
  })
}

describe.skipIf(!hasCorpus)('recorded responses (skipped when ../shared/corpus is absent)', async () => {
  const tools = hasCorpus ? ((await import(path.join(shared, 'tools/replay-server.mjs'))) as ReplayTools) : null
  const ids = hasCorpus
    ? readFileSync(path.join(corpus, 'index.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id)
    : []
  const cases = ids.map((id) => ({ id, recorded: tools?.loadCase(corpus, id) as RecordedCase }))

  it.each(SPLITS)('give the expected counts when cut by %s', (split) => {
    const counted = new Map<string, number>()
    const wrong: unknown[] = []
    for (const { id, recorded } of cases) {
      const { expected } = recorded.meta
      if (expected.ambiguous || expected.not_consumption) continue
      const pieces = tools?.pieces(recorded.body, split, recorded.chunks) ?? []
      for (const wantText of [false, true]) {
        const { facts } = readPieces(recorded, pieces, wantText)
        const { input, output, cached_read, cache_write, reasoning } = { ...expected, ...READ_BEYOND[id] }
        const wanted = { input, output, cached_read, cache_write, reasoning }
        const ours = toComparable(facts.usage, expected)
        if (JSON.stringify(ours) !== JSON.stringify(wanted)) wrong.push({ id, wantText, ours, wanted })
        if (!facts.consumption) wrong.push({ id, wantText, consumption: false })
      }
      const variant = id.split('/')[0] ?? ''
      counted.set(variant, (counted.get(variant) ?? 0) + 1)
    }
    if (split === 'whole') console.log([...counted].map(([variant, count]) => `${variant} ${count}`).join('\n'))
    console.log(
      `${split}: ${[...counted.values()].reduce((sum, count) => sum + count, 0)} cases, ${wrong.length} wrong`,
    )
    expect(wrong).toEqual([])
  })

  it('give the visible text, what is billed and what other models spent', () => {
    const wrong: unknown[] = []
    for (const { id, recorded } of cases) {
      const { expected, status } = recorded.meta
      if (expected.ambiguous || expected.not_consumption || status >= 400) continue
      const { facts } = readPieces(recorded, [recorded.body], true)
      const textFile = path.join(corpus, id, 'expected.text')
      const text = existsSync(textFile) ? readFileSync(textFile, 'utf8') : facts.completion.text
      if (facts.completion.text !== text) wrong.push({ id, text, ours: facts.completion.text })
      const others = facts.usage.otherModels.map(({ model, counts }) => [model, counts.input, counts.output])
      const wanted = Object.entries(expected.other_models ?? {}).map(([model, { input, output }]) => [
        model,
        input,
        output,
      ])
      if (JSON.stringify(others) !== JSON.stringify(wanted)) wrong.push({ id, others, wanted })
      const { billedInput, providerCost } = facts.usage
      if (expected.billed_input != null && expected.billed_input !== billedInput) wrong.push({ id, billedInput })
      if (expected.cost_reported != null && expected.cost_reported !== providerCost) wrong.push({ id, providerCost })
      if (!facts.finished && !facts.error) wrong.push({ id, finished: false })
    }
    expect(wrong).toEqual([])
  })

  it('have a last word at the end of a stream, and not a few messages before it', () => {
    const wrong: unknown[] = []
    for (const { id, recorded } of cases) {
      const { body, headers, chunks, meta } = recorded
      const kind = detectBodyKind(body, headers['content-type'] ?? null)
      // Writer ends its streams of bare pieces by closing the connection.
      if (kind === 'json' || kind === 'unknown' || meta.status >= 400 || id.startsWith('writer-completions')) continue
      const pieces = tools?.pieces(body, 'event', chunks) ?? []
      // Usage with the last finish reason, usage by itself and `[DONE]` are three last words of one stream.
      const ends = [pieces, pieces.slice(0, -3)].map((some) => readPieces(recorded, some, true).facts)
      const told = ends.map(({ terminated, error }) => terminated || error !== null)
      if (told[0] !== true || (pieces.length > 3 && told[1])) wrong.push({ id, told })
    }
    expect(wrong).toEqual([])
  })

  it('tell which answers consume nothing', () => {
    const consuming = cases
      .filter(({ recorded }) => recorded.meta.expected.not_consumption && recorded.request.method === 'POST')
      .filter(({ recorded }) => readPieces(recorded, [recorded.body], false).facts.consumption)
    expect(consuming.map(({ id }) => id)).toEqual([])
  })
})
