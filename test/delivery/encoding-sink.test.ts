import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createTestPipeline, idsOf } from './test-pipeline.ts'

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-encoding-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Row {
  readonly key: string
}

/** Keeps rows, and can be told to fail: at encoding some events, or at the first writes. */
function createRowSink(failures = 0, refuses: (event: SanitisedEvent, nth: number) => boolean = () => false) {
  const rows: Row[] = []
  let left = failures
  let encoded = 0
  const sink = {
    name: 'rows',
    encode(event: SanitisedEvent): Row {
      if (refuses(event, encoded++)) throw new Error('expected something else')
      return { key: event.id }
    },
    async write(batch: readonly Row[]) {
      if (left-- > 0) throw new Error('away')
      rows.push(...batch)
    },
  }
  return { sink, rows, readEncoded: () => encoded }
}

describe('a sink that encodes', () => {
  it.each([
    ['in memory', undefined],
    ['with a spool', path.join(root, 'spool')],
  ])('gets what it made of each event, once, through failures: %s', async (_name, folder) => {
    const { pipeline, log, addMemorySink } = createTestPipeline(folder === undefined ? {} : { folder })
    const { sink, rows, readEncoded } = createRowSink(2)
    pipeline.addSink(sink)
    const events = addMemorySink()
    const ids = Array.from({ length: 700 }, () => log())
    await pipeline.drain(20_000)
    expect(rows.map(({ key }) => key)).toEqual(ids)
    expect(readEncoded()).toBe(700)
    expect(idsOf(events)).toEqual(ids)
    await pipeline.shutdown(1_000)
  })

  it.each([
    ['in memory', undefined],
    ['with a spool', path.join(root, 'refused')],
  ])('loses the event that it cannot encode, and no other, and that is counted: %s', async (_name, folder) => {
    const { pipeline, log, guard } = createTestPipeline(folder === undefined ? {} : { folder })
    const { sink, rows } = createRowSink(0, (_event, nth) => nth === 3)
    pipeline.addSink(sink)
    const ids = Array.from({ length: 10 }, () => log())
    await pipeline.flush()
    expect(rows.map(({ key }) => key)).toEqual(ids.filter((_, index) => index !== 3))
    expect(pipeline.stats.sinks['rows']).toMatchObject({ delivered: 9, dropped: 1, waiting: 0 })
    expect(guard.faults).toBe(1)
    await pipeline.shutdown(1_000)
    expect(pipeline.stats.spool?.dropped ?? 0).toBe(0)
  })

  it('gets what an earlier process left in the spool in the same form', async () => {
    const folder = path.join(root, 'left')
    const first = createTestPipeline({ folder })
    const away = createRowSink(Infinity)
    first.pipeline.addSink(away.sink)
    const id = first.log()
    await first.pipeline.shutdown(100)
    const second = createTestPipeline({ folder })
    const { sink, rows } = createRowSink()
    second.pipeline.addSink(sink)
    await second.pipeline.drain(5_000)
    expect(rows).toEqual([{ key: id }])
    await second.pipeline.shutdown(1_000)
  })
})
