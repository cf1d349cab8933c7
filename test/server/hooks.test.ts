import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { listen } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire } from './record-wire.ts'

describe('hooks', () => {
  const runHooks = async (options: object) => {
    const { tracker, faults, waitForExchanges } = createCaptureTracker()
    const middleware = tokenUsageMiddleware({ tracker, ...options })
    const server = await listen(
      http.createServer((request: IncomingMessage, response: ServerResponse) => {
        middleware(request, response, () => {
          Object.assign(request, { user: 'u-1' })
          request.resume()
          response.end('ok')
        })
      }),
    )
    const { body } = await recordWire(server)
    expect(body.toString()).toBe('ok')
    const [exchange] = await waitForExchanges(1)
    await server.close()
    return { identity: await exchange!.identity, metadata: exchange!.metadata, tags: exchange!.tags, faults }
  }

  it('see what authentication behind us put on the request', async () => {
    const result = await runHooks({
      identify: (request: { user: string }) => ({ userId: request.user, more: 'left out' }),
      metadata: (_request: unknown, response: ServerResponse) => ({ status: response.statusCode }),
      tags: ['a'],
    })
    expect(result).toEqual({ identity: { userId: 'u-1' }, metadata: { status: 200 }, tags: ['a'], faults: [] })
  })

  it('may answer with a promise where it is allowed', async () => {
    const { identity } = await runHooks({ identify: async () => ({ sessionId: 's-1' }) })
    expect(identity).toEqual({ sessionId: 's-1' })
  })

  const faulty: Readonly<Record<string, { options: object; fault: string }>> = {
    'throws (identify)': {
      options: {
        identify: () => {
          throw new Error('no user')
        },
      },
      fault: 'identify hook: no user',
    },
    'rejects (identify)': {
      options: { identify: () => Promise.reject(new Error('no database')) },
      fault: 'identify hook: no database',
    },
    'answers with a getter that throws (identify)': {
      options: {
        identify: () => ({
          get userId() {
            throw new Error('no getter')
          },
        }),
      },
      fault: 'identify hook: no getter',
    },
    'throws (metadata)': {
      options: {
        metadata: () => {
          throw new Error('no metadata')
        },
      },
      fault: 'metadata hook: no metadata',
    },
    'is asynchronous and rejects (metadata)': {
      options: { metadata: () => Promise.reject(new Error('late')) },
      fault: 'metadata hook: expected an object, got a promise: make the hook synchronous',
    },
  }

  it.each(Object.entries(faulty))(
    'a hook that %s loses its answer, not the record',
    async (_name, { options, fault }) => {
      const { identity, metadata, faults } = await runHooks(options)
      expect([identity, metadata]).toEqual([null, null])
      expect(faults).toEqual([fault])
    },
  )

  it.each(['text', 42, null, undefined, ['list']])('an answer of %j is none', async (answer) => {
    const { identity, metadata, faults } = await runHooks({ identify: () => answer, metadata: () => answer })
    expect([identity, metadata, faults]).toEqual([null, null, []])
  })
})
