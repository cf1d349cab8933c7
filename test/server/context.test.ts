import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { context, createContextKey, ROOT_CONTEXT, trace, type Context, type ContextManager } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import { allServerKinds, type StartServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire } from './record-wire.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

/** Where the HTTP instrumentation of a host leaves the span of the server. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

const activeContext = new AsyncLocalStorage<Context>()

/** What a host registers to carry its spans through asynchronous code. */
const contextManager: ContextManager = {
  active: () => activeContext.getStore() ?? ROOT_CONTEXT,
  with: (active, action, self, ...given) =>
    activeContext.run(active, () => Reflect.apply(action, self, given) as never),
  bind: (_active, target) => target,
  enable: () => contextManager,
  disable: () => contextManager,
}

/** The trace of one request whose handlers, from the first on, run in a context of the host's. */
async function traceOf(start: StartServer, active: Context | null, headers: Record<string, string> = {}) {
  const { tracker, faults, waitForExchanges } = createCaptureTracker()
  const handler: RequestListener = (_request, response) => void response.end('ok')
  const server = await start(handler, tracker, () => active && activeContext.enterWith(active))
  await recordWire(server, { headers })
  const [exchange] = await waitForExchanges(1)
  await server.close()
  expect(faults).toEqual([])
  return exchange!.traceContext
}

afterEach(() => context.disable())

describe.each(Object.entries(allServerKinds))('behind %s', (_kind, start) => {
  it('the trace of the caller is taken where the host traces nothing', async () => {
    const traceparent = `00-${TRACE}-${SPAN}-01`
    expect(await traceOf(start, null, { traceparent })).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 })
    expect(await traceOf(start, null)).toBeNull()
  })

  it('the active span of the host comes before the trace of the caller', async () => {
    context.setGlobalContextManager(contextManager)
    const span = new TracerProvider().getTracer('host').startSpan('POST')
    const traceparent = `00-${TRACE}-${SPAN}-01`
    const { traceId, spanId, traceFlags } = span.spanContext()
    const expected = { traceId, spanId, flags: traceFlags }
    expect(await traceOf(start, trace.setSpan(ROOT_CONTEXT, span), { traceparent })).toEqual(expected)
  })

  it('the span of the server comes before that of a middleware inside it', async () => {
    context.setGlobalContextManager(contextManager)
    const tracer = new TracerProvider().getTracer('host')
    const [span, middleware] = [tracer.startSpan('POST'), tracer.startSpan('middleware')]
    const inServer = ROOT_CONTEXT.setValue(RPC_METADATA, { type: 'http', span })
    const traced = await traceOf(start, trace.setSpan(inServer, middleware))
    expect(traced?.spanId).toBe(span.spanContext().spanId)
  })

  it('a context manager that throws costs the span, not the record', async () => {
    const active = () => {
      throw new Error('no context')
    }
    context.setGlobalContextManager({ ...contextManager, active })
    const traceparent = `00-${TRACE}-${SPAN}-00`
    expect(await traceOf(start, null, { traceparent })).toEqual({ traceId: TRACE, spanId: SPAN, flags: 0 })
  })

  it('the handler keeps its AsyncLocalStorage as far as it does without us', async () => {
    const runHandler = async (tracker: TokenTracker | null) => {
      const storage = new AsyncLocalStorage<string>()
      const seen: unknown[] = []
      const see = (place: string) => void seen.push(`${place}: ${storage.getStore()}`)
      const handler: RequestListener = (request, response) => {
        see('handler')
        void storage.run('inside', async () => {
          response.write('data: 1\n\n', () => see('write'))
          await buffer(request)
          see('body')
          response.end(() => see('end'))
        })
      }
      const server = await start(handler, tracker, () => storage.enterWith('before us'))
      await recordWire(server)
      await server.close()
      return seen
    }
    const { tracker, waitForExchanges } = createCaptureTracker()
    const seen = await runHandler(tracker)
    await waitForExchanges(1)
    expect(seen).toEqual(await runHandler(null))
    expect(seen).toEqual(expect.arrayContaining(['handler: before us', 'body: inside', 'end: inside']))
  })
})
