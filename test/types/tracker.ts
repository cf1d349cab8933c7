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
import { Hono } from 'hono'
import Koa from 'koa'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsage as honoTokenUsage } from '../../src/adapters/hono.ts'
import { tokenUsage as koaTokenUsage } from '../../src/adapters/koa.ts'
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

interface Types {
  Variables: { user: { id: string } }
}

export function hooksGetTheContextOfTheFramework(): void {
  new Koa().use(
    koaTokenUsage({ identify: ({ state, request }) => ({ userId: state['id'] as string, name: request.ip }) }),
  )
  new Hono().use(honoTokenUsage()).use('/v1/*', honoTokenUsage({ tags: ['a'] }))
  new Hono<Types>().use(honoTokenUsage<Types>({ identify: (context) => ({ userId: context.get('user').id }) }))
  new Hono().use(honoTokenUsage({ waitUntil: (delivered, context) => context.executionCtx.waitUntil(delivered) }))
  // @ts-expect-error: it has no such variable
  honoTokenUsage<Types>({ identify: (context) => ({ userId: context.get('account') }) })
  // @ts-expect-error: the context, not a request
  koaTokenUsage({ identify: (context) => ({ userId: context.url.host }) })
}

export function waitUntilGetsWhatTheHandlerGets(): void {
  type Waiter = { waitUntil(promise: Promise<unknown>): void }
  const handler = (_request: Request, _env: object, _context: Waiter) => new Response()
  trackRequestHandler(handler, { waitUntil: (delivered, _request, _env, context) => context.waitUntil(delivered) })
  trackRequestHandler(() => new Response(), { waitUntil: (delivered: Promise<void>) => void [delivered] })
  trackRequestHandler(async () => new Response(), { waitUntil: 'delivered' })
  // @ts-expect-error: no such way to wait
  trackRequestHandler(() => new Response(), { waitUntil: true })
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
