import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { hasCorpus, loadReplayTools, readCases, readJson, type RecordedCase, READ_BEYOND } from '../setup/corpus.ts'
import { listen, type TestServer } from '../setup/servers.ts'
import { createTestTracker } from '../setup/tracker.ts'

const PARALLEL = 8

/** Recordings whose counts are beyond doubt, and of calls that consume. */
const cases = (hasCorpus ? readCases(/^/) : []).filter(
  (recorded) =>
    !(recorded as RecordedCase & { tags: string[] }).tags.some((tag) => /ambiguous|not-consumption/.test(tag)),
)

if (!hasCorpus) console.warn('SKIPPED: replaying recorded responses needs ../shared, which is absent')

type Call = (url: URL, init: RequestInit & { headers: Record<string, string> }) => Promise<Response>

const ways: Record<string, (tracker: TokenTracker) => Call> = {
  trackFetch: (tracker) => trackFetch(fetch, { tracker }),
  trackRequestHandler(tracker) {
    const handler = trackRequestHandler(
      async (request: Request) =>
        fetch(request.url, { method: 'POST', headers: request.headers, body: await request.text() }),
      { tracker },
    )
    return (url, init) => handler(new Request(url, init))
  },
}

describe.skipIf(!hasCorpus)('recorded responses', () => {
  let upstream: TestServer

  beforeAll(async () => {
    const { createReplayServer } = await loadReplayTools()
    upstream = await listen(createReplayServer())
  })
  afterAll(() => upstream.close())

  for (const [name, create] of Object.entries(ways)) {
    for (const split of ['event', 'random:7']) {
      it(`come through ${name} byte by byte the same and are counted to the token, written as ${split}`, async () => {
        const { tracker, events, waitForEvents } = createTestTracker({
          PRICING_DATASET: 'off',
          MONITORED_ENDPOINTS: '/',
        })
        const call = create(tracker)
        expect(cases.length).toBeGreaterThan(100)
        for (let at = 0; at < cases.length; at += PARALLEL) {
          await Promise.all(cases.slice(at, at + PARALLEL).map((recorded) => compare(recorded, split, call)))
        }
        await waitForEvents(cases.length)
        const byCase = new Map(events.map((event) => [event.request_id, event]))
        for (const recorded of cases) expectCounts(recorded, byCase.get(toRequestId(recorded)))
        expect(events).toHaveLength(cases.length)
        await tracker.shutdown()
      })
    }
  }

  async function compare(recorded: RecordedCase, split: string, call: Call): Promise<void> {
    const request = readJson(recorded.id, 'request.json')
    const url = new URL((request['path'] as string | undefined) ?? '/v1/chat/completions', upstream.url)
    const init = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-request-id': toRequestId(recorded),
        'x-replay-case': recorded.id,
        'x-replay-split': split,
      },
      body: JSON.stringify(request['body'] ?? {}),
    }
    const [bare, tracked] = [await fetch(url, init), await call(url, init)]
    expect(tracked.status, recorded.id).toBe(bare.status)
    const bytes = Buffer.from(await bare.arrayBuffer())
    expect(Buffer.from(await tracked.arrayBuffer()).equals(bytes), recorded.id).toBe(true)
  }
})

/** The end of an id is unique and short enough for a request id. */
function toRequestId({ id }: { id: string }): string {
  return id.slice(-100)
}

/** Where the provider did not say, the value is an estimate; a refused call has none. */
function expectCounts(recorded: RecordedCase, event: SanitisedEvent | undefined): void {
  const counts = [event?.prompt_tokens, event?.completion_tokens]
  if (recorded.status >= 400) {
    expect([event?.status, ...counts], recorded.id).toEqual(['error', null, null])
    return
  }
  const { input, output } = { ...recorded, ...READ_BEYOND[recorded.id] }
  if (input !== null) expect(counts[0], recorded.id).toBe(input)
  else expect(event?.prompt_token_source, recorded.id).not.toBe('api')
  if (output !== null) expect(counts[1], recorded.id).toBe(output)
  else expect(event?.completion_token_source, recorded.id).not.toBe('api')
}
