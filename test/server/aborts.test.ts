import http, { type RequestListener } from 'node:http'
import { pipeline } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { allServerKinds, listen, type StartServer } from '../setup/servers.ts'
import { getTrackerEntries } from '../../src/tracker/tracker-entries.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire, type WireRequest } from './record-wire.ts'

const EVENT = 'data: {"choices":[{"delta":{"content":"word"}}]}\n\n'

const endless: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const timer = setInterval(() => response.write(EVENT), 2)
  response.on('close', () => clearInterval(timer))
}

const silent: RequestListener = (request) => void request.resume()

const onlyHead: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
}

const endsLarge: RequestListener = (request, response) => {
  request.resume()
  response.end(Buffer.alloc(20 * 1024 * 1024, 'x'))
}

interface Stage {
  readonly name: string
  readonly handler: RequestListener
  readonly request?: WireRequest
  readonly hangUpAfterMs?: number
  readonly outcome: 'complete' | 'aborted'
  readonly status: number | null
}

const stages: Stage[] = [
  {
    name: 'before the body of its request is sent',
    handler: silent,
    request: { bodyDelayMs: 10_000 },
    hangUpAfterMs: 30,
    outcome: 'aborted',
    status: null,
  },
  {
    name: 'before the answer begins',
    handler: silent,
    hangUpAfterMs: 30,
    outcome: 'aborted',
    status: null,
  },
  {
    name: 'behind the head',
    handler: onlyHead,
    hangUpAfterMs: 30,
    outcome: 'aborted',
    status: 200,
  },
  {
    name: 'in the middle of a stream that has no end',
    handler: endless,
    request: { hangUpAfter: 500 },
    outcome: 'aborted',
    status: 200,
  },
  {
    name: 'while the last bytes are under way',
    handler: endsLarge,
    request: { hangUpAfter: 1_000 },
    outcome: 'complete',
    status: 200,
  },
]

describe.each(Object.entries(allServerKinds))('a client of %s hangs up', (_kind, start: StartServer) => {
  it.each(stages)('$name: one record', async ({ handler, request, hangUpAfterMs, outcome, status }) => {
    const { tracker, faults, waitForExchanges } = createCaptureTracker()
    const server = await start(handler, tracker)
    await recordWire(server, { ...request, hangUp: AbortSignal.timeout(hangUpAfterMs ?? 5_000) })
    const exchanges = await waitForExchanges(1)
    expect(exchanges).toHaveLength(1)
    expect([exchanges[0]?.outcome, exchanges[0]?.response.status]).toEqual([outcome, status])
    expect(faults).toEqual([])
    await server.close()
  })

  it('before the request comes to us, behind slow middleware: one record', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const server = await start((request, response) => {
      setTimeout(() => {
        getTrackerEntries(tracker).track(request, response, { options: {}, request, response })
        response.end('for nobody')
      }, 60)
    }, null)
    await recordWire(server, { hangUp: AbortSignal.timeout(20) })
    const [exchange, ...more] = await waitForExchanges(1)
    expect(more).toEqual([])
    expect(exchange?.outcome).toBe('aborted')
    await server.close()
  })

  it('and the upstream behind us does too: one record', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const upstream = await listen(
      http.createServer((request, response) => {
        request.resume()
        response.write(EVENT)
        setTimeout(() => response.destroy(), 20)
      }),
    )
    const server = await start((request, response) => {
      const forwarded = http.request(upstream.url, { method: 'POST' }, (answer) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        pipeline(answer, response, () => {})
      })
      forwarded.on('error', () => {})
      request.pipe(forwarded)
    }, tracker)
    await recordWire(server)
    const exchanges = await waitForExchanges(1)
    expect(exchanges.map(({ outcome }) => outcome)).toEqual(['aborted'])
    expect(exchanges[0]?.response.body?.head.join().toString()).toBe(EVENT)
    await Promise.all([server.close(), upstream.close()])
  })
})

/** A small generator, so that a failure can be run again with its seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe.each(Object.entries(allServerKinds))('a thousand clients of %s', (_kind, start: StartServer) => {
  it('that hang up anywhere or not at all leave a thousand records', { timeout: 20_000 }, async () => {
    const REQUESTS = 1_000
    const PARALLEL = 100
    const random = createRandom(42)
    const { tracker, faults, waitForExchanges } = createCaptureTracker()
    const leaves = new Map<string, AbortController>()
    const server = await start((request, response) => {
      request.resume()
      // From here on: a request that never came has no record.
      const leave = leaves.get(request.headers['x-request-id'] as string)
      if (leave) setTimeout(() => leave.abort(), random() * 15)
      let left = 8
      const write = () => {
        if (left-- === 0) response.end('data: [DONE]\n\n')
        else {
          response.write(EVENT)
          setTimeout(write, 1)
        }
      }
      setTimeout(write, 1)
    }, tracker)
    const visit = (index: number): Promise<unknown> => {
      const headers = { 'x-request-id': String(index) }
      const choice = random()
      if (choice < 0.3) return recordWire(server, { headers })
      if (choice < 0.6) return recordWire(server, { headers, hangUpAfter: 1 + random() * 700 })
      const leave = new AbortController()
      leaves.set(String(index), leave)
      return recordWire(server, { headers, hangUp: leave.signal })
    }
    for (let at = 0; at < REQUESTS; at += PARALLEL) {
      await Promise.all(Array.from({ length: PARALLEL }, (_, index) => visit(at + index)))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    const exchanges = await waitForExchanges(0)
    const ids = exchanges.map(({ request }) => Number(request.headers['x-request-id']))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBe(REQUESTS)
    expect(new Set(exchanges.map(({ outcome }) => outcome))).toEqual(new Set(['complete', 'aborted']))
    expect(faults).toEqual([])
    await server.close()
  })
})
