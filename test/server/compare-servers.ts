import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { expect } from 'vitest'
import type { CapturedExchange } from '../../src/capture/exchange.ts'
import type { StartServer } from '../setup/servers.ts'
import { createCallLog, type CallLog } from './call-log.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire, type WireAnswer, type WireRequest } from './record-wire.ts'

export type LoggedHandler = (response: ServerResponse, log: CallLog, request: IncomingMessage) => void

export interface Comparison {
  readonly answer: WireAnswer
  readonly log: readonly string[]
  readonly exchange: CapturedExchange
}

/** Node closes a response a moment after the client has it all. */
const SETTLE_MS = 15

/**
 * Runs one exchange against a bare and a watched server. Expects the same on the wire and in the handler, byte by byte
 * and call by call, and one record of it.
 */
export async function compareServers(
  start: StartServer,
  handler: LoggedHandler,
  request: WireRequest = {},
  before?: RequestListener,
): Promise<Comparison> {
  const { tracker, faults, waitForExchanges } = createCaptureTracker()
  const [bare, tapped] = await Promise.all([
    runExchange(start, null, handler, request, before),
    runExchange(start, tracker, handler, request, before),
  ])
  expect(tapped.answer.wire).toBe(bare.answer.wire)
  expect(tapped.log).toEqual(bare.log)
  expect(faults).toEqual([])
  const exchanges = await waitForExchanges(1)
  expect(exchanges).toHaveLength(1)
  return { ...tapped, exchange: exchanges[0]! }
}

async function runExchange(
  start: StartServer,
  tracker: Parameters<StartServer>[1],
  handler: LoggedHandler,
  request: WireRequest,
  before: RequestListener | undefined,
): Promise<{ answer: WireAnswer; log: readonly string[] }> {
  const log = createCallLog()
  const server = await start((incoming, response) => handler(response, log, incoming), tracker, before)
  const answer = await recordWire(server, request)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  await server.close()
  return { answer, log: log.entries }
}

/** The bytes of a body that was kept whole. */
export function toText(body: CapturedExchange['response']['body']): string {
  return body ? body.head.join().toString('latin1') : ''
}
