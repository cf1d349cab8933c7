import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createAcknowledgements } from '../../src/sinks/otel/connection/acknowledgements.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { createTestTracker } from '../setup/tracker.ts'

const UNAVAILABLE = 14

describe('delivered, in getStats()', () => {
  let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>
  beforeEach(async () => {
    receiver = await startOtlpReceiver()
  })
  afterEach(() => receiver.stop())

  function startTracker() {
    const { tracker } = createTestTracker({ OTEL_ENDPOINT: receiver.url, SHUTDOWN_TIMEOUT: '4' })
    return {
      tracker,
      log: () => tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1, completionTokens: 2 }),
      stats: () => tracker.getStats().sinks['opentelemetry'],
    }
  }

  it('counts what the collector has taken', async () => {
    const { tracker, log, stats } = startTracker()
    log()
    log()
    await tracker.flush()
    expect(stats()).toMatchObject({ delivered: 2, dropped: 0, waiting: 0 })
    await tracker.shutdown()
    expect(stats()).toMatchObject({ delivered: 2, dropped: 0, waiting: 0 })
  })

  it('counts nothing while the collector refuses, and all of it when it takes the sums later', async () => {
    const { tracker, log, stats } = startTracker()
    receiver.behaviour.status = UNAVAILABLE
    log()
    await tracker.flush()
    expect(stats()).toMatchObject({ delivered: 0, dropped: 0, waiting: 1 })
    receiver.behaviour.status = 0
    log()
    await tracker.flush()
    expect(stats()).toMatchObject({ delivered: 2, dropped: 0, waiting: 0 })
    await tracker.shutdown()
  })

  it('counts as dropped what no collector has taken by the end', async () => {
    const { tracker, log, stats } = startTracker()
    log()
    await tracker.flush()
    receiver.behaviour.status = UNAVAILABLE
    log()
    log()
    await tracker.shutdown()
    expect(stats()).toMatchObject({ delivered: 1, dropped: 2, waiting: 0 })
  })
})

describe('the acknowledgement of a collection', () => {
  function start(cumulative: boolean) {
    let written = 0
    const acknowledgements = createAcknowledgements({ readWritten: () => written, maxPoints: 10, cumulative })
    return {
      acknowledgements,
      collect(events: number) {
        written += events
        acknowledgements.begin()
        return acknowledgements.current
      },
    }
  }

  it('waits for its last message', () => {
    const { acknowledgements, collect } = start(true)
    const collection = collect(5)
    collection.send(10)
    collection.settle(true)
    expect(acknowledgements.settled).toBe(0)
    collection.send(3)
    collection.settle(true)
    expect(acknowledgements.settled).toBe(5)
  })

  it('comes at the end of the flush where even the last message is full', () => {
    const { acknowledgements, collect } = start(true)
    const collection = collect(5)
    collection.send(10)
    collection.settle(true)
    acknowledgements.end()
    expect(acknowledgements.settled).toBe(5)
  })

  it('is not given for one message among several that failed', () => {
    const { acknowledgements, collect } = start(true)
    const collection = collect(5)
    collection.send(10)
    collection.settle(false)
    collection.send(3)
    collection.settle(true)
    expect(acknowledgements).toMatchObject({ settled: 0, lost: 0 })
  })

  it('stands for its own events when it comes late', () => {
    const { acknowledgements, collect } = start(true)
    const late = collect(5)
    late.send(1)
    collect(2)
    late.settle(true)
    expect(acknowledgements.settled).toBe(5)
  })

  it('is never made up for where sums begin anew at each export', () => {
    const { acknowledgements, collect } = start(false)
    const failed = collect(5)
    failed.send(1)
    failed.settle(false)
    const taken = collect(2)
    taken.send(1)
    taken.settle(true)
    expect(acknowledgements).toMatchObject({ settled: 7, lost: 5 })
  })
})
