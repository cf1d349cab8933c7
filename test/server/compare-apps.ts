import { expect } from 'vitest'
import type { CapturedExchange } from '../../src/capture/exchange.ts'
import type { TokenTracker } from '../../src/tracker/tracker.ts'
import type { TestServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire, type WireRequest } from './record-wire.ts'

/** Runs one exchange with and without the tracker; expects the same answer, and gives the record. */
export async function compareApps(
  start: (tracker: TokenTracker | null) => Promise<TestServer>,
  request: WireRequest,
  limits: { maxBodySize?: number } = {},
): Promise<CapturedExchange> {
  const { tracker, faults, waitForExchanges } = createCaptureTracker(limits)
  const [bare, tapped] = await Promise.all([start(null), start(tracker)])
  const [expected, answer] = await Promise.all([recordWire(bare, request), recordWire(tapped, request)])
  expect(answer.wire).toBe(expected.wire)
  const exchanges = await waitForExchanges(1)
  expect(exchanges).toHaveLength(1)
  expect(faults).toEqual([])
  await Promise.all([bare.close(), tapped.close()])
  return exchanges[0]!
}
