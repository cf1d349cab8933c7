import type * as fileSystem from 'node:fs'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createGuard } from '../../src/core/guard.ts'
import { systemClock } from '../../src/core/clock.ts'
import { decodeLines, encodeLine } from '../../src/delivery/spool/line.ts'
import { createOwnedFolder } from '../../src/delivery/spool/owned-folder.ts'
import { describeOwner, SILENCE_MS } from '../../src/delivery/spool/owner.ts'
import { createSpool, type SpooledEvent } from '../../src/delivery/spool/spool.ts'
import { createTestTracker } from '../setup/tracker.ts'

const NOTHING_KEPT = { interim: new Set(), replaced: [] }

/** A disk without space: files can be found, read, moved and deleted; new ones stay empty, or cannot even be named. */
const disk = vi.hoisted(() => ({ isFull: false, takesNames: true }))
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof fileSystem>()
  const fail = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
  const isWithoutNames = () => disk.isFull && !disk.takesNames
  return {
    ...fs,
    mkdirSync: (folder: string, options: fileSystem.MakeDirectoryOptions) =>
      isWithoutNames() ? fail() : fs.mkdirSync(folder, options),
    openSync: (file: string, flags: string, mode: number) =>
      isWithoutNames() ? fail() : fs.openSync(file, flags, mode),
    writeSync: (descriptor: number, content: Uint8Array) => (disk.isFull ? fail() : fs.writeSync(descriptor, content)),
    writeFileSync(file: string, content: string, options: fileSystem.WriteFileOptions) {
      if (isWithoutNames()) fail()
      fs.writeFileSync(file, disk.isFull ? '' : content, options)
      if (disk.isFull) fail()
    },
  }
})
afterEach(() => {
  disk.isFull = false
  disk.takesNames = true
  vi.useRealTimers()
})

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-spool-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newFolder = () => path.join(root, String(++folders))
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const toEvent = (id: string, filler = '') =>
  ({ id, error_message: filler, metadata: {}, tags: [], schema_version: 1 }) as unknown as SanitisedEvent

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

const stopped: ReturnType<typeof open>['spool'][] = []
const idsOf = (entries: readonly SpooledEvent[]) => entries.map(({ event }) => event.id)

/** A folder as a process that is gone leaves it. */
function leaveOrphan(folder: string, name: string, ids: readonly string[], owner: object = { pid: 1 }): string {
  const orphan = path.join(folder, name)
  mkdirSync(orphan, { recursive: true })
  writeFileSync(path.join(orphan, 'owner.json'), JSON.stringify(owner))
  silence(orphan)
  writeFileSync(path.join(orphan, '00000001.spool'), ids.map((id) => encodeLine(toEvent(id))).join(''))
  return orphan
}

function silence(orphan: string): void {
  const at = new Date(Date.now() - SILENCE_MS - 1_000)
  utimesSync(path.join(orphan, 'owner.json'), at, at)
}

function speak(orphan: string): void {
  utimesSync(path.join(orphan, 'owner.json'), new Date(), new Date())
}

/** Every event that lies on the disk, whatever the file. */
function readDisk(folder: string): string[] {
  return listSegments(folder)
    .flatMap((name) => decodeLines(readFileSync(path.join(folder, name), 'utf8')).events)
    .map((event) => event?.id ?? 'spoilt')
    .toSorted()
}

describe('a spool line', () => {
  it('comes back as it was written', () => {
    const event = toEvent('1', 'line\nbreak, "quotes", 😀 \u2028')
    expect(decodeLines(encodeLine(event))).toEqual({ events: [event], spoilt: 0, delivered: [], ...NOTHING_KEPT })
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

  it.each([
    ['without an id', { id: '' }],
    ['without metadata', { metadata: undefined }],
    ['with metadata that are a list', { metadata: [] }],
    ['without tags', { tags: null }],
    ['with a tag that is no text', { tags: ['a', 1] }],
    ['without a version', { schema_version: undefined }],
    ['of a version before the first', { schema_version: 0 }],
    ['of a version that is not known yet', { schema_version: 2 }],
  ])('%s is spoilt, though its checksum is right', (_, change) => {
    const json = JSON.stringify(Object.assign({}, toEvent('1'), change))
    const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
    expect(decodeLines(line + encodeLine(toEvent('2')))).toEqual({
      events: [null, toEvent('2')],
      spoilt: 1,
      delivered: [],
      ...NOTHING_KEPT,
    })
  })
})

describe('the spool', () => {
  it('keeps an event until every sink has it', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    const entries = ['1', '2'].map((id) => spool.append(toEvent(id)))
    acknowledgeAll(spool, 'a', entries)
    expect(spool.readMissing('a').events).toEqual([])
    expect(spool.readMissing('b').events.map(({ event }) => event.id)).toEqual(['1', '2'])
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
    expect(second.spool.readMissing('a').events).toEqual([])
    expect(idsOf(second.spool.readMissing('b').events)).toEqual(['1', '2', '3'])
    acknowledgeAll(second.spool, 'b', second.spool.readMissing('b').events)
    second.spool.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('tells whoever opens the folder next which sink has what', async () => {
    const folder = newFolder()
    const first = open(folder)
    const entries = ['1', '2', '3', '4'].map((id) => first.spool.append(toEvent(id)))
    acknowledgeAll(first.spool, 'a', entries)
    acknowledgeAll(first.spool, 'b', [entries[0]!, entries[2]!])
    first.spool.close()
    const second = open(folder)
    expect(await second.spool.recover()).toBe(2)
    expect(idsOf(second.spool.readMissing('a').events)).toEqual([])
    expect(idsOf(second.spool.readMissing('b').events)).toEqual(['2', '4'])
    acknowledgeAll(second.spool, 'b', second.spool.readMissing('b').events.slice(0, 1))
    second.spool.close()
    const third = open(folder)
    expect(await third.spool.recover()).toBe(1)
    expect(third.spool.stats).toMatchObject({ recovered: 1, spoilt: 0 })
    expect(idsOf(third.spool.readMissing('b').events)).toEqual(['4'])
    third.spool.close()
  })

  it('keeps an interim event for whoever takes over, until the whole one is there', async () => {
    const folder = newFolder()
    const first = open(folder)
    const kept = first.spool.keep(toEvent('1', 'interim'))!
    first.spool.keep(toEvent('2', 'interim'))
    const whole = first.spool.append(toEvent('1', 'whole'))
    expect(first.spool.readMissing('a').events.map(({ event }) => event.error_message)).toEqual(['whole'])
    // Both lines are on the disk: as after kill -9.
    const copy = leaveOrphan(newFolder(), '1-x', [])
    const [segment] = listSegments(folder)
    writeFileSync(path.join(copy, '00000001.spool'), readFileSync(path.join(folder, segment!)))
    const taker = open(path.dirname(copy))
    expect(await taker.spool.recover()).toBe(2)
    const toText = ({ event }: SpooledEvent) => `${event.id} ${event.error_message}`
    expect(taker.spool.readMissing('a').events.map(toText)).toEqual(['1 whole'])
    expect(taker.spool.takeKept().map(toText)).toEqual(['2 interim'])
    taker.spool.close()
    first.spool.replace(kept)
    for (const sink of ['a', 'b']) acknowledgeAll(first.spool, sink, [whole])
    first.spool.close()
    const second = open(folder)
    expect(await second.spool.recover()).toBe(1)
    expect(idsOf(second.spool.takeKept())).toEqual(['2'])
    second.spool.close()
  })

  it('prefers the whole event to what was kept of it, and the latest to the first, in whatever file they lie', async () => {
    const toText = ({ event }: SpooledEvent) => `${event.id} ${event.error_message}`
    const files = [
      encodeLine(toEvent('1', 'interim'), true) + encodeLine(toEvent('2', 'outline'), true),
      encodeLine(toEvent('1', 'whole')),
      encodeLine(toEvent('2', 'interim'), true) + encodeLine(toEvent('3', 'interim'), true),
    ]
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
    ]) {
      const folder = newFolder()
      const orphan = leaveOrphan(folder, '1-x', [])
      rmSync(path.join(orphan, '00000001.spool'))
      for (const [age, index] of order.entries()) {
        const file = path.join(orphan, `${index}.spool`)
        writeFileSync(file, files[index]!)
        utimesSync(file, 1_000 + age, 1_000 + age)
      }
      const taker = open(folder)
      await taker.spool.recover()
      expect(taker.spool.readMissing('a').events.map(toText)).toEqual(['1 whole'])
      expect(taker.spool.takeKept().map(toText)).toEqual(['2 interim', '3 interim'])
      taker.spool.close()
    }
  })

  it('does not make the file of a dropped event anew', () => {
    const folder = newFolder()
    const { spool, guard } = open(folder)
    const kept = spool.keep(toEvent('1', 'interim'))!
    kept.segment.remove()
    spool.replace(kept)
    expect([listSegments(folder), guard.faults]).toEqual([[], 0])
    spool.close()
  })

  it('leaves the folder of a living tracker alone', async () => {
    const folder = newFolder()
    const first = open(folder)
    first.spool.append(toEvent('1'))
    const second = open(folder)
    expect(await second.spool.recover()).toBe(0)
    expect(first.spool.readMissing('a').events).toHaveLength(1)
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
    const [oldest] = spool.readMissing('a').events
    expect(Number(oldest?.event.id)).toBe(dropped)
    spool.close()
  })

  it('counts as dropped only what a sink lacks', () => {
    const { spool } = open(newFolder(), 5 * 1024 * 1024)
    const filler = 'x'.repeat(1024 * 1024)
    const entries = Array.from({ length: 4 }, (_, index) => spool.append(toEvent(String(index), filler)))
    acknowledgeAll(spool, 'a', entries)
    acknowledgeAll(spool, 'b', entries.slice(0, 3))
    for (let index = 4; index < 8; index++) spool.append(toEvent(String(index), filler))
    expect(spool.stats.dropped).toBe(1)
    expect(idsOf(spool.readMissing('b').events)).toEqual(['4', '5', '6', '7'])
    spool.close()
  })

  it('keeps what users wrote for the eyes of its owner', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    spool.append(toEvent('1'))
    const modeOf = (name: string) => (statSync(path.resolve(folder, name)).mode & 0o777).toString(8)
    const [own] = readdirSync(folder)
    expect([folder, own!].map(modeOf)).toEqual(['700', '700'])
    expect(readdirSync(path.join(folder, own!)).map((name) => modeOf(path.join(own!, name)))).toEqual(['600', '600'])
    spool.close()
  })
})

describe('taking over', () => {
  it('moves what others left, each event to be delivered to every sink, and leaves no litter', async () => {
    const folder = newFolder()
    leaveOrphan(folder, '1-x', ['1', '2'])
    leaveOrphan(folder, '2-x', ['3'])
    leaveOrphan(path.join(folder, '2-x'), 'adopted-3-x', ['4'])
    const { spool } = open(folder)
    spool.append(toEvent('5'))
    expect(await spool.recover()).toBe(4)
    expect(readDisk(folder)).toEqual(['1', '2', '3', '4', '5'])
    for (const sink of ['a', 'b']) {
      const received: string[] = []
      for (let missing = spool.readMissing(sink).events; missing.length > 0; missing = spool.readMissing(sink).events) {
        received.push(...idsOf(missing))
        acknowledgeAll(spool, sink, missing)
      }
      expect(received.at(-1)).toBe('5')
      expect(received.toSorted()).toEqual(['1', '2', '3', '4', '5'])
    }
    spool.close()
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['before it starts', 'once it has started'])('needs no space on a disk that is full %s', async (moment) => {
    const folder = newFolder()
    leaveOrphan(folder, '1-x', ['1', '2'])
    disk.isFull = moment === 'before it starts'
    const { spool } = open(folder)
    disk.isFull = true
    expect(await spool.recover()).toBe(2)
    expect(idsOf(spool.readMissing('a').events)).toEqual(['1', '2'])
    expect(spool.stats).toMatchObject({ recovered: 2, failed: 0, dropped: 0 })
    spool.close()
    expect(readDisk(folder)).toEqual(['1', '2'])
  })

  it('leaves a file that cannot be read where it is, and takes the others', async () => {
    const folder = newFolder()
    const orphan = leaveOrphan(folder, '1-x', ['1'])
    mkdirSync(path.join(orphan, 'unreadable.spool'))
    writeFileSync(path.join(orphan, 'unreadable.spool', 'precious'), 'data')
    const { spool, guard } = open(folder)
    expect(await spool.recover()).toBe(1)
    expect(guard.faults).toBe(1)
    spool.close()
    expect(readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('precious'))).toBe(true)
  })

  it('goes past an owner that cannot be read, and files that are no folders', async () => {
    const folder = newFolder()
    mkdirSync(path.join(folder, '0-x', 'owner.json'), { recursive: true })
    writeFileSync(path.join(folder, 'notes.txt'), '')
    utimesSync(path.join(folder, '0-x', 'owner.json'), 1, 1)
    leaveOrphan(folder, '1-x', ['1'])
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(1)
    spool.close()
  })

  it('reads what an earlier version nested deeper than a path can be long', async () => {
    const folder = newFolder()
    const depth = 150
    for (let level = 1; level <= depth; level++) {
      const name = `${level}-${'x'.repeat(40)}`
      const orphan = leaveOrphan(folder, name, [String(level)])
      const inner = path.join(folder, 'inner')
      if (level > 1) renameSync(inner, path.join(orphan, `adopted-${level - 1}`))
      if (level < depth) renameSync(orphan, inner)
    }
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(depth)
    expect(readDisk(folder)).toHaveLength(depth)
    expect(readdirSync(folder)).toHaveLength(1)
    spool.close()
  })

  it('is cut short as often as may be, and everything still lies one level deep', async () => {
    const folder = newFolder()
    for (let index = 0; index < 10; index++) leaveOrphan(folder, `${index}-x`, [`${index}a`, `${index}b`])
    for (let restart = 0; restart < 30; restart++) {
      const { spool } = open(folder)
      // As by kill -9: one file is taken over, nothing is let go of, and the owner is not there any more.
      void spool.recover()
      await new Promise((resolve) => setImmediate(resolve))
      for (const name of readdirSync(folder)) {
        const mark = path.join(folder, name, 'owner.json')
        if (existsSync(mark)) writeFileSync(mark, JSON.stringify({ pid: 1 }))
        if (existsSync(mark)) silence(path.join(folder, name))
      }
      stopped.push(spool)
    }
    expect(listSegments(folder).every((name) => name.split(path.sep).length === 2)).toBe(true)
    expect(new Set(readDisk(folder)).size).toBe(20)
    for (const spool of stopped.splice(0)) spool.close()
  })

  it.each<[string, (orphan: string) => void]>([
    ['lost', (orphan) => rmSync(path.join(orphan, 'owner.json'))],
    ['empty', (orphan) => writeFileSync(path.join(orphan, 'owner.json'), '')],
  ])('goes by age where the mark of an owner is %s', async (_, spoil) => {
    const folder = newFolder()
    const orphan = leaveOrphan(folder, '1-x', ['1'])
    spoil(orphan)
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(0)
    const at = new Date(Date.now() - SILENCE_MS - 1_000)
    for (const name of readdirSync(orphan)) utimesSync(path.join(orphan, name), at, at)
    utimesSync(orphan, at, at)
    expect(await spool.recover()).toBe(1)
    spool.close()
  })

  it('takes no folder that is not its own kind, however old', async () => {
    const folder = newFolder()
    mkdirSync(path.join(folder, 'lost+found'), { recursive: true })
    utimesSync(path.join(folder, 'lost+found'), 1, 1)
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(0)
    spool.close()
    expect(readdirSync(folder)).toEqual(['lost+found'])
  })

  it('says what it cannot read', async () => {
    const folder = newFolder()
    const unreadable = path.join(leaveOrphan(folder, '1-x', ['1']), 'unreadable.spool')
    mkdirSync(unreadable)
    writeFileSync(path.join(unreadable, 'precious'), 'data')
    const { spool, guard } = open(folder)
    expect(await spool.recover()).toBe(1)
    expect(await spool.recover()).toBe(0)
    expect([spool.stats.unreadable, guard.faults]).toEqual([1, 2])
    spool.close()
  })

  it('has one taker for each folder, however many start at once', async () => {
    const folder = newFolder()
    const ids = Array.from({ length: 50 }, (_, index) => String(index))
    for (const id of ids) leaveOrphan(folder, `${id}-x`, [id])
    const takers = Array.from({ length: 4 }, () => open(folder).spool)
    const recovered = await Promise.all(takers.map((spool) => spool.recover()))
    expect(recovered.reduce((sum, count) => sum + count)).toBe(50)
    for (const spool of takers) spool.close()
    expect(readDisk(folder)).toEqual(ids.toSorted())
  })

  it('is left to a process that has a sink', async () => {
    const folder = newFolder()
    leaveOrphan(folder, '1-x', ['1'])
    const spool = createSpool({ folder, guard: createGuard(silent, systemClock) })
    expect(await spool.recover()).toBe(0)
    spool.close()
    expect(readDisk(folder)).toEqual(['1'])
  })

  it.each([
    ['a thread of this process', { threadId: 99 }, true],
    ['this thread, not released', {}, false],
    ['another container', { pidNamespace: 'pid:[1]', pid: 1 }, true],
    ['another host', { bootId: 'other', hostname: 'other', pid: 1 }, true],
    ['a mark that says nothing', { pid: null }, true],
  ])('holds an owner for alive: %s, while it speaks', async (_, change, diesOfSilence) => {
    const folder = newFolder()
    const orphan = leaveOrphan(folder, '1-x', ['1'], { ...describeOwner(), ...change })
    speak(orphan)
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(0)
    silence(orphan)
    expect(await spool.recover()).toBe(diesOfSilence ? 1 : 0)
    spool.close()
  })

  it.each([
    ['whose number belongs to nobody', { pid: 2 ** 30 }],
    ['whose number belongs to another one by now', { born: '1' }],
  ])('does not wait for a process of this machine %s', async (_, change) => {
    const folder = newFolder()
    speak(leaveOrphan(folder, '1-x', ['1'], { ...describeOwner(), ...change }))
    const { spool } = open(folder)
    expect(await spool.recover()).toBe(1)
    spool.close()
  })
})

describe('a spool whose files are taken away', () => {
  it('writes its open file anew, with everything that was in it', () => {
    vi.useFakeTimers()
    const folder = newFolder()
    const { spool, guard } = open(folder)
    spool.append(toEvent('1'))
    rmSync(folder, { recursive: true })
    spool.append(toEvent('2'))
    vi.advanceTimersByTime(1_001)
    spool.append(toEvent('3'))
    expect(guard.faults).toBe(1)
    expect(readDisk(folder)).toEqual(['1', '2', '3'])
    expect(idsOf(spool.readMissing('a').events)).toEqual(['1', '2', '3'])
    expect(spool.stats).toMatchObject({ failed: 0, dropped: 0 })
    spool.close()
  })

  it('notices it without another event, and is still known as alive', async () => {
    vi.useFakeTimers()
    const folder = newFolder()
    const { spool } = open(folder)
    spool.append(toEvent('1'))
    rmSync(folder, { recursive: true })
    vi.advanceTimersByTime(10_001)
    expect(readDisk(folder)).toEqual(['1'])
    vi.useRealTimers()
    const second = open(folder)
    expect(await second.spool.recover()).toBe(0)
    second.spool.close()
    spool.close()
    expect(readDisk(folder)).toEqual(['1'])
  })

  it('keeps what it has when it is robbed by a process that held it for dead', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    spool.append(toEvent('1'))
    const [own] = readdirSync(folder)
    renameSync(path.join(folder, own!), path.join(folder, 'robber'))
    spool.close()
    expect(readDisk(path.join(folder, own!))).toEqual(['1'])
  })

  it('counts the events of a closed file as dropped when a sink asks for them', () => {
    const folder = newFolder()
    const { spool, guard } = open(folder)
    const entries = Array.from({ length: 4_097 }, (_, index) => spool.append(toEvent(String(index))))
    acknowledgeAll(spool, 'a', entries.slice(0, 4_000))
    acknowledgeAll(spool, 'b', entries.slice(0, 4_090))
    rmSync(folder, { recursive: true })
    expect(idsOf(spool.readMissing('b').events)).toEqual(['4096'])
    expect(spool.stats.dropped).toBe(96)
    expect(guard.faults).toBe(1)
    expect(idsOf(spool.readMissing('a').events)).toEqual(['4096'])
    expect(spool.stats.dropped).toBe(96)
    spool.close()
  })

  it('counts the events of a closed file as dropped when it ends', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    for (let index = 0; index < 4_096; index++) spool.append(toEvent(String(index)))
    rmSync(folder, { recursive: true })
    spool.close()
    expect(spool.stats.dropped).toBe(4_096)
  })

  it('tells of lines that were spoilt on the disk, once, and does not wait for them', () => {
    const folder = newFolder()
    const { spool } = open(folder)
    const entries = ['1', '2', '3'].map((id) => spool.append(toEvent(id)))
    const file = path.join(folder, listSegments(folder)[0]!)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"2"', '"X"'))
    expect(idsOf(spool.readMissing('a').events)).toEqual(['1', '3'])
    expect(idsOf(spool.readMissing('b').events)).toEqual(['1', '3'])
    expect(spool.stats.spoilt).toBe(1)
    for (const sink of ['a', 'b']) acknowledgeAll(spool, sink, [entries[0]!, entries[2]!])
    expect(listSegments(folder)).toEqual([])
    spool.close()
  })
})

describe('a spool on a full disk', () => {
  it.each([
    ['of which new files stay empty', true],
    ['of which nothing new can be named', false],
  ])('starts in memory on one %s, and writes as soon as there is space', (_, takesNames) => {
    vi.useFakeTimers()
    const folder = newFolder()
    Object.assign(disk, { isFull: true, takesNames })
    const { spool, guard } = open(folder)
    expect(spool.append(toEvent('1')).spooled).toBeNull()
    expect(guard.faults).toBe(1)
    vi.advanceTimersByTime(1_001)
    expect(spool.append(toEvent('2')).spooled).toBeNull()
    disk.isFull = false
    expect(spool.append(toEvent('3')).spooled).toBeNull()
    vi.advanceTimersByTime(1_001)
    expect(spool.append(toEvent('4')).spooled).not.toBeNull()
    expect(spool.stats.failed).toBe(3)
    expect(readDisk(folder)).toEqual(['4'])
    spool.close()
  })

  it('loses nothing that it had written', () => {
    vi.useFakeTimers()
    const folder = newFolder()
    const { spool } = open(folder)
    spool.append(toEvent('1'))
    disk.isFull = true
    expect(spool.append(toEvent('2')).spooled).toBeNull()
    disk.isFull = false
    vi.advanceTimersByTime(1_001)
    spool.append(toEvent('3'))
    expect(readDisk(folder)).toEqual(['1', '3'])
    expect(spool.stats).toMatchObject({ failed: 1, dropped: 0, spoilt: 0 })
    spool.close()
  })

  it('has its events still when its folder is deleted, too', () => {
    vi.useFakeTimers()
    const folder = newFolder()
    const { spool } = open(folder)
    spool.append(toEvent('1'))
    rmSync(folder, { recursive: true })
    disk.isFull = true
    vi.advanceTimersByTime(1_001)
    expect(spool.append(toEvent('2')).spooled).toBeNull()
    expect(idsOf(spool.readMissing('a').events)).toEqual(['1'])
    disk.isFull = false
    vi.advanceTimersByTime(1_001)
    spool.append(toEvent('3'))
    expect(readDisk(folder)).toEqual(['1', '3'])
    spool.close()
  })
})

describe('the folder of an owner', () => {
  it('is gone after its release, with everything in it that holds no event', () => {
    const folder = newFolder()
    const owned = createOwnedFolder(folder)
    owned.ensure()
    const [own] = readdirSync(folder)
    mkdirSync(path.join(folder, own!, 'adopted-1-x', 'adopted-2-x'), { recursive: true })
    owned.release()
    expect(existsSync(path.join(folder, own!))).toBe(false)
  })

  it('stays when it holds anything else', () => {
    const folder = newFolder()
    const owned = createOwnedFolder(folder)
    owned.ensure()
    const [own] = readdirSync(folder)
    writeFileSync(path.join(folder, own!, 'kept.spool'), '')
    owned.release()
    expect(readdirSync(path.join(folder, own!)).toSorted()).toEqual(['kept.spool', 'released.json'])
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
      while (tracker.getStats().queueDepth > 0) await new Promise((resolve) => setTimeout(resolve, 1))
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

  it('catches a sink up while events go on coming', async () => {
    const { tracker } = createTestTracker({
      SPOOL_DIR: newFolder(),
      QUEUE_SIZE: '1000',
      FLUSH_INTERVAL: '1',
      PRICING_DATASET: 'off',
    })
    const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs))
    let isDown = true
    const received = new Set<string>()
    tracker.addSink({
      name: 'flaky',
      async write(events) {
        if (isDown) throw new Error('down')
        await pause(40)
        for (const { id } of events) received.add(id)
      },
    })
    const ids: (string | null)[] = []
    const log = () => void ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 }))
    for (let index = 0; index < 4_000; index++) {
      log()
      if (index % 50 === 0) await pause(1)
    }
    isDown = false
    const start = performance.now()
    const missed = ids.slice()
    const isMissing = () => missed.some((id) => id !== null && !received.has(id))
    while (isMissing() && performance.now() - start < 8_000) {
      log()
      await pause(25)
    }
    expect(isMissing()).toBe(false)
    await tracker.flush()
    expect(received).toEqual(new Set(ids))
    await tracker.shutdown()
  }, 20_000)

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
