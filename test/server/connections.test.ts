import type { RequestListener } from 'node:http'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { serverKinds, type StartServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const post = (body: string) =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: test\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** Sends everything in one packet, and collects what comes until `until` is in it, or for as long as given. */
async function send(url: string, requests: string, { until = '', hangUpAfterMs = 5_000 } = {}): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.on('error', () => {})
  socket.write(requests)
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until !== '' && received.includes(until)) resolve()
    })
    socket.on('close', () => resolve())
    setTimeout(resolve, hangUpAfterMs)
  })
  socket.destroy()
  return received.replaceAll(/^Date: .*\r\n/gm, '')
}

/** Answers with the body, the later the smaller the number that it holds. */
const answersBackwards: RequestListener = async (request, response) => {
  const body = await text(request)
  await sleep(40 - 10 * Number(body))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`data: ${body}\n\n`)
  response.end(body === '3' ? 'data: last\n\n' : 'data: [DONE]\n\n')
}

const PIPELINED = post('1') + post('2') + post('3')

describe.each(Object.entries(serverKinds))('one connection behind %s', (_kind, start: StartServer) => {
  it('carries pipelined requests, each with its own record', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const [bare, tapped] = await Promise.all([start(answersBackwards, null), start(answersBackwards, tracker)])
    const options = { until: 'last\n\n\r\n0\r\n\r\n' }
    const [expected, answer] = await Promise.all([
      send(bare.url, PIPELINED, options),
      send(tapped.url, PIPELINED, options),
    ])
    expect(answer).toBe(expected)
    const exchanges = await waitForExchanges(3)
    const bodies = exchanges.map(({ response }) => response.body?.head.join().toString().slice(0, 9))
    expect(bodies).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'])
    await Promise.all([bare.close(), tapped.close()])
  })

  it('dies while answers wait in line: each request still has its one record', async () => {
    const { tracker, waitForExchanges } = createCaptureTracker()
    const server = await start(async (request, response) => {
      if ((await text(request)) === '2') response.end('{"second":true}')
    }, tracker)
    await send(server.url, PIPELINED, { hangUpAfterMs: 50 })
    const exchanges = await waitForExchanges(3)
    expect(exchanges.map(({ outcome }) => outcome).toSorted()).toEqual(['aborted', 'aborted', 'complete'])
    expect(exchanges).toHaveLength(3)
    await server.close()
  })

  it('is kept alive without gathering listeners', async () => {
    const listenersAfter = async (tracker: Parameters<StartServer>[1]) => {
      const counts: string[] = []
      const server = await start((request, response) => {
        const { socket } = request
        counts.push(
          socket
            .eventNames()
            .map((name) => `${String(name)} ${socket.listenerCount(name)}`)
            .join(),
        )
        request.resume()
        response.end('ok')
      }, tracker)
      const socket = net.connect(Number(new URL(server.url).port), '127.0.0.1')
      for (let round = 0; round < 30; round++) {
        socket.write(post('{}'))
        await new Promise((resolve) => socket.once('data', resolve))
      }
      socket.destroy()
      await server.close()
      return counts
    }
    const { tracker, waitForExchanges } = createCaptureTracker()
    expect(await listenersAfter(tracker)).toEqual(await listenersAfter(null))
    expect(await waitForExchanges(30)).toHaveLength(30)
  })
})
