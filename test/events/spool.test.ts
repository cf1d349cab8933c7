import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { SanitisedEvent } from '../../src/core/event.ts'
import { createGuard } from '../../src/core/guard.ts'
import { systemClock } from '../../src/core/clock.ts'
import { decodeLines, encodeLine } from '../../src/events/spool/line.ts'
import { createSpool, type SpooledEvent } from '../../src/events/spool/spool.ts'
import { createTestTracker } from '../setup/tracker.ts'

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-spool-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => path.join(root, String(++folders))
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const toEvent = (id: string, filler = '') => ({ id, error_message: filler }) as unknown as SanitisedEvent

function open(folder: string, maxBytes?: number) {
  const guard = createGuard(silent, systemClock)
  const spool = createSpool({ folder, guard, ...(maxBytes !== undefined && { maxBytes }) })
  spool.addSink('a')
  spool.addSink('b')
  return { spool, guard }
}

function acknowledgeAll(spool: ReturnType<typeof open>['spool'], sink: string, entries: readonly SpooledEvent[]): void {
  for (const { spooled } of entries) if (spooled) spool.acknowledge(sink, spooled)
}

function listSegments(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spool'))
}

describe('a spool line', () => {
  it('comes back as it was written', () => {
    const event = toEvent('1', 'line\nbreak, "quotes", 😀 \u2028')
    expect(decodeLines(encodeLine(event))).toEqual({ events: [event], spoilt: 0 })
  })

  it('that was cut at any byte spoils itself only', () => {
    const text = Buffer.from(encodeLine(toEvent('1')) + encodeLine(toEvent('2', 'ä😀')))
    const firstEnd = encodeLine(toEvent('1')).length
    for (let end = 0; end < text.length; end++) {
      const { events, spoilt } = decodeLines(text.subarray(0, end).toString('utf8'))
      const whole = events.filter((event) => event !== null).length
      // A line without its line break is whole when the checksum says so.
      const expected = end < firstEnd - 1 ? 0 : end < text.length - 1 ? 1 : 2
      expect([end, whole, spoilt]).toEqual([end, expected, events.length - expected])
    }
  })

  it('that was changed is not believed', () => {
    const line = encodeLine(toEvent('1'))
    expect(decodeLines(line.replace('"1"', '"2"'))).toMatchObject({ spoilt: 1 })
    expect(decodeLines('garbage\n\n{}\n')).toMatchObject({ spoilt: 3 })
  })
})

describe('the spool', () => {
  it('keeps an event until every sink has it', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    const entries = ['1', '2'].map((id) => spool.append(toEvent(id)))
    acknowledgeAll(spool, 'a', entries)
    expect(spool.readMissing('a')).toEqual([])
    expect(spool.readMissing('b').map(({ event }) => event.id)).toEqual(['1', '2'])
    expect(listSegments(folder)).toHaveLength(1)
    acknowledgeAll(spool, 'b', entries)
    expect(listSegments(folder)).toEqual([])
    expect(spool.stats.bytes).toBe(0)
    spool.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('gives what is left to whoever opens the folder next', async () => {
    const folder = newFolder()
    const first = open(folder)
    const entries = ['1', '2', '3'].map((id) => first.spool.append(toEvent(id)))
    acknowledgeAll(first.spool, 'a', entries)
    first.spool.close()
    const [name] = listSegments(folder)
    appendFileSync(path.join(folder, name!), 'deadbeef {"id":"torn')
    const second = open(folder)
    expect(await second.spool.recover()).toBe(3)
    expect(second.spool.stats).toMatchObject({ recovered: 3, spoilt: 1 })
    expect(second.spool.readMissing('a').map(({ event }) => event.id)).toEqual(['1', '2', '3'])
    acknowledgeAll(second.spool, 'a', second.spool.readMissing('a'))
    acknowledgeAll(second.spool, 'b', second.spool.readMissing('b'))
    second.spool.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves the folder of a living tracker alone', async () => {
    const folder = newFolder()
    const first = open(folder)
    first.spool.append(toEvent('1'))
    const second = open(folder)
    expect(await second.spool.recover()).toBe(0)
    expect(first.spool.readMissing('a')).toHaveLength(1)
    first.spool.close()
    second.spool.close()
  })

  it('drops the oldest when it is full, and counts them', () => {
    const { spool } = open(newFolder(), 12 * 1024 * 1024)
    const filler = 'x'.repeat(10_000)
    for (let index = 0; index < 3_000; index++) spool.append(toEvent(String(index), filler))
    const { bytes, dropped } = spool.stats
    expect(bytes).toBeLessThan(17 * 1024 * 1024)
    expect(dropped).toBeGreaterThan(1_000)
    const [oldest] = spool.readMissing('a')
    expect(Number(oldest?.event.id)).toBe(dropped)
    spool.close()
  })

  it('goes on in memory when the folder is gone, and says so', () => {
    const folder = newFolder()
    const { spool, guard } = open(folder)
    rmSync(folder, { recursive: true })
    const entry = spool.append(toEvent('1'))
    expect(entry.spooled).toBeNull()
    expect(spool.stats.failed).toBe(1)
    expect(guard.faults).toBeGreaterThan(0)
    expect(() => spool.close()).not.toThrow()
  })
})

describe('a tracker with a spool', () => {
  it('catches a sink up after an outage that is longer than the queue', async () => {
    const { tracker } = createTestTracker({
      SPOOL_DIR: newFolder(),
      QUEUE_SIZE: '100',
      FLUSH_INTERVAL: '0.01',
      PRICING_DATASET: 'off',
    })
    let isDown = true
    const received: string[] = []
    tracker.addSink({
      name: 'flaky',
      write(events) {
        if (isDown) throw new Error('down')
        received.push(...events.map(({ id }) => id))
      },
    })
    const ids: (string | null)[] = []
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 50; index++)
        ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 }))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(ids).not.toContain(null)
    isDown = false
    await tracker.flush()
    expect(new Set(received)).toEqual(new Set(ids))
    expect(received).toHaveLength(1_000)
    expect(tracker.getStats().sinks['flaky']).toMatchObject({ delivered: 1_000, dropped: 0 })
    expect(tracker.getStats().spool).toMatchObject({ bytes: 0, dropped: 0 })
    await tracker.shutdown()
  })

  it('writes sanitised events only', async () => {
    const folder = newFolder()
    const { tracker } = createTestTracker({
      SPOOL_DIR: folder,
      SHUTDOWN_TIMEOUT: '0.5',
      REDACT_PII: 'true',
      HASH_USER_IDS: 'true',
      HASH_KEY: 'k'.repeat(32),
    })
    tracker.addSink({ name: 'dead', write: () => Promise.reject(new Error('down')) })
    tracker.logger.logTokenUsage({ model: 'gpt-4', userId: 'alice-4711', errorMessage: 'mail bob@example.com failed' })
    await tracker.flush()
    const text = listSegments(folder)
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('')
    expect(text).toContain('[EMAIL]')
    expect(text).not.toMatch(/alice-4711|bob@example/)
    await tracker.shutdown()
  })

  it('does not start with a folder that cannot be written', () => {
    const file = path.join(root, 'a-file')
    writeFileSync(file, '')
    expect(() => createTestTracker({ SPOOL_DIR: path.join(file, 'below') })).toThrow(/TOKEN_TRACKER_SPOOL_DIR/)
  })
})
