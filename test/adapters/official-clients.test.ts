import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { loadOptional } from './optional-package.ts'
import { answerAsProvider, type Ending } from './providers.ts'
import { startUpstream } from './upstream.ts'
import { cancelMidway, leaveMidway, readAll, type Client, type Loaded, type Witness } from './witness.ts'
import { witnesses } from './witnesses.ts'

/** A client of a provider, with the tracker in the server, in the client's `fetch`, or nowhere. */
async function connect(
  witness: Witness,
  modules: readonly Loaded[],
  ending: Ending,
  place: 'server' | 'fetch',
  tracker: TokenTracker | null,
) {
  const middleware = tracker && place === 'server' ? tokenUsageMiddleware({ tracker }) : null
  const upstream = await startUpstream(answerAsProvider(ending), middleware)
  const used = tracker && place === 'fetch' ? trackFetch(fetch, { tracker }) : fetch
  return { client: witness.create(modules, upstream.url, used), upstream }
}

const ask = async (client: Client) => [await client.whole(), await readAll(client)]
const counts = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success', error_code: null }

for (const [name, witness] of Object.entries(witnesses)) {
  const loaded = await Promise.all(witness.packages.map((one) => loadOptional<Loaded>(one)))
  const modules = loaded.filter((module) => module !== null)

  describe.skipIf(modules.length < loaded.length)(`the official client ${name}`, () => {
    for (const place of ['server', 'fetch'] as const) {
      for (const ending of ['at once', '20 ms later'] as const) {
        it(`sees the same with the tracker in the ${place}, and each call is counted once, with streams that end ${ending}`, async () => {
          const { tracker, events, waitForEvents } = createTestTracker()
          const bare = await connect(witness, modules, ending, place, null)
          const tapped = await connect(witness, modules, ending, place, tracker)
          const [wanted, seen] = [await ask(bare.client), await ask(tapped.client)]
          expect(wanted.map(({ text }) => text.replace(' ☃', ''))).toEqual(['Hello there', 'Hello there'])
          expect(seen).toEqual(wanted)
          await waitForEvents(2)
          await tracker.flush()
          expect(events.filter(({ streaming }) => streaming)).toHaveLength(1)
          expect(events).toHaveLength(2)
          for (const event of events) expect(event).toMatchObject(counts)
          expect(tapped.upstream.calls).toHaveLength(2)
          await Promise.all([bare.upstream.close(), tapped.upstream.close(), tracker.shutdown()])
        })
      }

      it.each([
        ['cancels', cancelMidway],
        ...(witness.readsOnWhenLeft ? [] : [['leaves', leaveMidway] as const]),
      ] as const)(
        `%s a stream midway with the tracker in the ${place}: aborted once, and estimated`,
        async (_way, stopMidway) => {
          const { tracker, events, waitForEvents } = createTestTracker()
          const { client, upstream } = await connect(witness, modules, 'never', place, tracker)
          await stopMidway(client)
          await waitForEvents(1)
          await tracker.flush()
          expect(events).toMatchObject([{ status: 'aborted', error_code: 'connection_closed' }])
          // One word, and what the model's family puts around an answer.
          expect(events[0]?.completion_tokens).toBeGreaterThan(0)
          expect(events[0]?.completion_tokens).toBeLessThanOrEqual(8)
          expect(['tiktoken', 'estimated']).toContain(events[0]?.completion_token_source)
          await Promise.all([upstream.close(), tracker.shutdown()])
        },
      )
    }
  })
}
