import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { CaptureOptions } from '../../src/capture/exchange-recorder.ts'
import { allServerKinds } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'
import { recordWire } from './record-wire.ts'

const EVENT = `data: {"choices":[{"delta":{"content":"${'word '.repeat(200)}"}}]}\n\n`

/** A stream that is long enough for its digest to be made, and fed more than once. */
const handler: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let index = 0; index < 300; index++) response.write(EVENT)
  response.end('data: [DONE]\n\n')
}

const fail = (what: string) => (): never => {
  throw new Error(`${what} is broken`)
}

/** What capture is given and calls, broken in turn. */
const broken: Readonly<Record<string, Partial<CaptureOptions>>> = {
  'the filter of endpoints': { isMonitored: fail('filter') },
  'the clock': { clock: { now: () => 0, elapsed: fail('clock') } },
  'the maker of digests': { createDigest: fail('digest') },
  'a digest': { createDigest: (kind) => ({ kind, isBehind: false, push: fail('push'), readOn() {} }) },
  'the taker of records': { onEnd: fail('taker') },
}

describe.each(Object.entries(allServerKinds))('behind %s', (_kind, start) => {
  it.each(Object.entries(broken))('a fault of ours (%s) is reported and reaches nobody', async (_what, options) => {
    const { tracker, faults } = createCaptureTracker(options)
    const [bare, tapped] = await Promise.all([start(handler, null), start(handler, tracker)])
    const [expected, answer] = await Promise.all([recordWire(bare), recordWire(tapped)])
    expect(answer.body.equals(expected.body)).toBe(true)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^capture: \w+ is broken$/)
    await Promise.all([bare.close(), tapped.close()])
  })
})
