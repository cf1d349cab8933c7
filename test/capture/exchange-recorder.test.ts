import { describe, expect, it } from 'vitest'
import type { CapturedExchange, CapturedRequest, Identity } from '../../src/capture/exchange.ts'
import type { ExchangeOptions } from '../../src/capture/exchange-options.ts'
import { ExchangeRecorder, type CaptureOptions } from '../../src/capture/exchange-recorder.ts'
import { createGuard } from '../../src/core/guard.ts'

/** A transport without any bytes. */
class EmptyExchange extends ExchangeRecorder {
  protected readHost(): null {
    return null
  }
  protected readRemoteAddress(): null {
    return null
  }
  protected readStatus(): number {
    return 200
  }
  protected takeRequest(): CapturedRequest {
    return { headers: {}, parsedBody: null, body: null }
  }
}

function record(options: ExchangeOptions<never, never>, given: Partial<CaptureOptions> = {}) {
  const exchanges: CapturedExchange[] = []
  const faults: string[] = []
  const warn = (_fields: object, message: string) => void faults.push(message)
  const clock = { now: () => 1_000, elapsed: () => 5 }
  const recorder = new EmptyExchange(
    {
      maxBodySize: 1_000,
      clock,
      guard: createGuard({ debug: warn, info: warn, warn, error: warn }, clock),
      createDigest: (kind) => ({ kind, isBehind: false, push() {}, readOn() {} }),
      isMonitored: () => true,
      onUnwatched() {},
      onEnd: (exchange) => void exchanges.push(exchange),
      ...given,
    },
    { options, request: { user: 'u-1' }, response: {} },
    { method: 'POST', path: '/v1/chat/completions' },
    {},
  )
  return { recorder, exchanges, faults }
}

describe('the recorder of an exchange', () => {
  it('hands the exchange over once, however often it ends', () => {
    const { recorder, exchanges } = record({})
    recorder.end('complete')
    recorder.end('aborted')
    expect(exchanges).toMatchObject([{ outcome: 'complete', path: '/v1/chat/completions', startedAt: 1_000 }])
    expect(recorder.hasEnded).toBe(true)
  })

  it('gives each exchange an id of its own when it begins', () => {
    const [first, second] = [record({}), record({})]
    const { id } = first.recorder
    first.recorder.end('complete')
    expect(first.exchanges).toMatchObject([{ id }])
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(second.recorder.id).not.toBe(id)
  })

  it('asks identify once, when the exchange ends', () => {
    let asked = 0
    const { recorder, exchanges } = record({ identify: () => ({ userId: `u-${++asked}` }) })
    expect(asked).toBe(0)
    recorder.end('complete')
    expect(exchanges).toMatchObject([{ identity: { userId: 'u-1' } }])
    expect(recorder.identity()).toMatchObject({ userId: 'u-1' })
    expect(asked).toBe(1)
  })

  it.each<[string, () => Identity | Promise<Identity>]>([
    ['an answer', () => ({ userId: 'u-1' })],
    ['a promise', async () => ({ userId: 'u-1' })],
  ])('remembers %s that was asked for early', async (_kind, answer) => {
    let asked = 0
    const { recorder, exchanges } = record({
      identify() {
        asked++
        return answer()
      },
    })
    const early = recorder.identity()
    expect(await early).toMatchObject({ userId: 'u-1' })
    recorder.end('complete')
    expect(exchanges[0]?.identity).toBe(early)
    expect(asked).toBe(1)
  })

  it('remembers that a hook which threw knows nobody, and reports it once', () => {
    const { recorder, exchanges, faults } = record({
      identify() {
        throw new Error('no user')
      },
    })
    expect(recorder.identity()).toBeNull()
    recorder.end('complete')
    expect(exchanges).toMatchObject([{ identity: null }])
    expect(faults).toEqual(['no user'])
  })

  it('survives a taker that throws', () => {
    const { recorder, faults } = record(
      {},
      {
        onEnd() {
          throw new Error('taker is broken')
        },
      },
    )
    recorder.end('complete')
    expect(faults).toEqual(['taker is broken'])
  })
})
