import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createReconnectingExporter } from '../../src/sinks/otel/connection/reconnecting-exporter.ts'

function createFakeExporters() {
  const closed: number[] = []
  const exporter = createReconnectingExporter((attempt) => ({
    attempt,
    shutdown: () => {
      closed.push(attempt)
      return Promise.reject(new Error('already closed'))
    },
  }))
  return { exporter, closed }
}

describe('an exporter that reconnects', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is replaced by one with a number of its own, and closed', () => {
    const { exporter, closed } = createFakeExporters()
    expect(exporter.current.attempt).toBe(1)
    vi.advanceTimersByTime(1_000)
    exporter.reconnect()
    expect(exporter.current.attempt).toBe(2)
    expect(closed).toEqual([1])
  })

  it('is replaced at most once a second, however often it fails', () => {
    const { exporter, closed } = createFakeExporters()
    for (let elapsed = 0; elapsed < 5_000; elapsed += 100) {
      exporter.reconnect()
      vi.advanceTimersByTime(100)
    }
    expect(exporter.current.attempt).toBe(5)
    expect(closed).toEqual([1, 2, 3, 4])
  })
})
