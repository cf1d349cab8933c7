import type { IncomingMessage } from 'node:http'
import express, { type Request as ExpressRequest } from 'express'
import {
  createTokenTracker,
  getTrackerEntries,
  tokenUsageMiddleware,
  type Identity,
  type Logger,
  type Sink,
  type SinkStats,
  type TokenTracker,
  type TrackerEntries,
} from '../../src/index.ts'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import type { Equal, Hold } from './equal.ts'

type Account = IncomingMessage & { readonly account?: { readonly id: number } }

export function hooksMayAnswerNothingAndNumbers(): void {
  tokenUsageMiddleware({ identify: () => null, metadata: () => null })
  tokenUsageMiddleware({ identify: () => undefined, metadata: () => undefined })
  tokenUsageMiddleware({ identify: async () => null })
  tokenUsageMiddleware({ identify: () => ({ userId: 7, sessionId: 7n, conversationId: 'c', email: null }) })
  tokenUsageMiddleware({ identify: (request: Account) => request.account && { userId: request.account.id } })
  trackFetch(fetch, { identify: ({ headers }) => ({ userId: headers.get('x-user') }), tags: ['a'] })
  trackRequestHandler(() => new Response(), { metadata: (_request, { status }) => ({ status }) })
  express().use(tokenUsageMiddleware({ identify: (request: ExpressRequest) => ({ userId: request.get('x-user') }) }))
  // @ts-expect-error: an id is a text or a number
  tokenUsageMiddleware({ identify: () => ({ userId: { id: 7 } }) })
  // @ts-expect-error: metadata has names
  tokenUsageMiddleware({ metadata: () => 'team a' })
  // @ts-expect-error: and is there at once
  tokenUsageMiddleware({ metadata: async () => ({ team: 'a' }) })
}

export async function pricesTakePartialCounts({ pricing, logger }: TokenTracker): Promise<void> {
  await pricing.price({ input: 1_000 }, { model: 'gpt-4' })
  await pricing.price({ input: 1_000, output: null }, { model: 'gpt-4', provider: 'openai' })
  await pricing.explain('gpt-4', { input: 1_000 })
  // @ts-expect-error: no count
  await pricing.price({ prompt: 1_000 }, { model: 'gpt-4' })
  // @ts-expect-error: of which model?
  await pricing.price({ input: 1_000 }, {})
  logger.logTokenUsage({ model: 'gpt-4', userId: 7n, sessionId: 7, conversationId: null })
  // @ts-expect-error: of which model?
  logger.logTokenUsage({ promptTokens: 5 })
}

type Face = 'config' | 'logger' | 'counters' | 'pricing' | 'middleware' | 'addSink' | 'flush' | 'shutdown' | 'getStats'

export function adaptersAndUsersSeeDifferentFaces(tracker: TokenTracker): void {
  // @ts-expect-error: for adapters, which ask for it
  void tracker.track
  getTrackerEntries(tracker).track({} as never, {} as never, { options: {}, request: {}, response: {} })
}

export function optionsAreNamed(logger: Logger, sink: Sink): void {
  createTokenTracker({}, { logger, redactor: (text) => text, counterWorker: undefined, env: {} }).addSink(sink)
  // @ts-expect-error: misspelt
  createTokenTracker({}, { environment: {} })
  // @ts-expect-error: a sink has a name
  createTokenTracker().addSink({ write() {} })
}

export type Claims = Hold<
  [
    Equal<keyof TokenTracker, Face>,
    Equal<keyof TrackerEntries, 'track' | 'trackWeb' | 'trackCall'>,
    Equal<ReturnType<TokenTracker['getStats']>['sinks'], Readonly<Record<string, SinkStats>>>,
    Equal<Identity['userId'], string | number | bigint | null | undefined>,
  ]
>
