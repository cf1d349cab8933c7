import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { loadOptional } from './optional-package.ts'
import { answerAsProvider } from './providers.ts'
import { startUpstream } from './upstream.ts'
import { witnesses, type Loaded, type Witness } from './witnesses.ts'

/** Asks for a whole answer and a stream, with the tracker in the server, in the client's `fetch`, or nowhere. */
async function ask(
  witness: Witness,
  modules: readonly Loaded[],
  place: 'server' | 'fetch',
  tracker: TokenTracker | null,
) {
  const middleware = tracker && place === 'server' ? tokenUsageMiddleware({ tracker }) : null
  const upstream = await startUpstream(answerAsProvider, middleware)
  const used = tracker && place === 'fetch' ? trackFetch(fetch, { tracker }) : fetch
  const client = witness.create(modules, upstream.url, used)
  return { seen: [await client.whole(), await client.stream()], close: upstream.close }
}

for (const [name, witness] of Object.entries(witnesses)) {
  const loaded = await Promise.all(witness.packages.map((one) => loadOptional<Loaded>(one)))
  const modules = loaded.filter((module) => module !== null)

  describe.skipIf(modules.length < loaded.length)(`the official client ${name}`, () => {
    for (const place of ['server', 'fetch'] as const) {
      it(`sees the same with the tracker in the ${place}, and each call is counted once`, async () => {
        const { tracker, events, waitForEvents } = createTestTracker()
        const bare = await ask(witness, modules, place, null)
        const tapped = await ask(witness, modules, place, tracker)
        expect(bare.seen.map(({ text }) => text.replace(' ☃', ''))).toEqual(['Hello there', 'Hello there'])
        expect(tapped.seen).toEqual(bare.seen)
        await waitForEvents(2)
        await tracker.flush()
        expect(events.filter(({ streaming }) => streaming)).toHaveLength(1)
        expect(events).toHaveLength(2)
        for (const event of events) {
          const counts = { prompt_tokens: 9, completion_tokens: 2, token_source: 'api', status: 'success' }
          expect(event).toMatchObject(counts)
        }
        await Promise.all([bare.close(), tapped.close(), tracker.shutdown()])
      })
    }
  })
}
