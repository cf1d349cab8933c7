import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { readString } from '../../src/core/json.ts'
import { hasCorpus, loadReplayTools, readCases, readJson, type RecordedCase } from '../setup/corpus.ts'
import { createGateway } from '../setup/gateway.ts'
import { listen, serverKinds, type TestServer } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const RECORDINGS = /^(?:openai-chat|openai-completions|ollama-)/
const SMALL_BODY = 5_000
const PARALLEL = 8

if (!hasCorpus) console.warn('SKIPPED: replaying recorded responses needs ../shared, which is absent')

describe.skipIf(!hasCorpus)('recorded OpenAI and Ollama responses, replayed over HTTP', () => {
  let upstream: TestServer

  beforeAll(async () => {
    const { createReplayServer } = await loadReplayTools()
    upstream = await listen(createReplayServer())
  })
  afterAll(() => upstream.close())

  const gateway = createGateway(() => upstream.url)

  for (const [name, start] of Object.entries(serverKinds)) {
    for (const split of ['event', 'random:1', 'bytes:1']) {
      it(`are counted to the token behind ${name}, written as ${split}`, async () => {
        const { tracker, events, waitForEvents } = createTestTracker({ PRICING_DATASET: 'off' })
        const server = await start(gateway, tracker)
        const cases = readCases(RECORDINGS).filter(({ bytes }) => split !== 'bytes:1' || bytes < SMALL_BODY)
        expect(cases.length).toBeGreaterThan(20)
        for (let at = 0; at < cases.length; at += PARALLEL) {
          await Promise.all(cases.slice(at, at + PARALLEL).map((recorded) => replay(server.url, recorded, split)))
        }
        await waitForEvents(cases.length)
        const byCase = new Map(events.map((event) => [event.request_id, event]))
        for (const recorded of cases) expectCounts(recorded, byCase.get(toRequestId(recorded)))
        expect(events).toHaveLength(cases.length)
        await tracker.shutdown()
        await server.close()
      })
    }
  }
})

async function replay(url: string, { id }: RecordedCase, split: string): Promise<void> {
  const recorded = readJson(id, 'request.json')
  const response = await fetch(new URL(readString(recorded['path']) ?? '/v1/chat/completions', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': toRequestId({ id }),
      'x-replay-case': id,
      'x-replay-split': split,
    },
    body: JSON.stringify(recorded['body'] ?? {}),
  })
  await response.arrayBuffer()
}

/** The end of an id is unique and short enough for a request id. */
function toRequestId({ id }: { id: string }): string {
  return id.slice(-100)
}

function expectCounts(recorded: RecordedCase, event: SanitisedEvent | undefined): void {
  const label = recorded.id
  expect(event, label).toBeDefined()
  if (!event) return
  if (recorded.status >= 400) {
    expect([event.status, event.prompt_tokens, event.completion_tokens, event.total_cost], label).toEqual([
      'error',
      null,
      null,
      null,
    ])
    return
  }
  expectSide(label, recorded.input, event.prompt_tokens, event.prompt_token_source)
  expectSide(label, recorded.output, event.completion_tokens, event.completion_token_source)
  if (recorded.total !== null) expect(event.total_tokens, label).toBe(recorded.total)
  else expect(event.total_tokens, label).toBe(event.prompt_tokens! + event.completion_tokens!)
}

/** What the provider did not say is estimated here, and marked so. */
function expectSide(label: string, expected: number | null, tokens: number | null, source: string | null): void {
  if (expected !== null) {
    expect([tokens, source], label).toEqual([expected, 'api'])
  } else {
    expect(tokens, label).toBeGreaterThan(0)
    expect(source, label).toMatch(/^(?:tiktoken|estimated)$/)
  }
}
