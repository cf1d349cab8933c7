import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/core/errors.ts'
import { makeFolder } from '../../src/delivery/make-folder.ts'
import { createFileSink } from '../../src/sinks/file/file-sink.ts'
import { createTokenTracker } from '../../src/tracker/create-tracker.ts'
import { createTestPipeline } from './test-pipeline.ts'

const root = mkdtempSync(path.join(tmpdir(), 'token-tracker-make-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A parent that takes no folders and says that it is not there: Node's own way through it never ends. */
const NOWHERE = '/proc/token-tracker/nope'

describe('making a folder', () => {
  it('makes what is missing above it, and minds nothing that is there', () => {
    const folder = path.join(root, 'a/b/c')
    makeFolder(folder, 0o700)
    makeFolder(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('fails where a file is in the way', () => {
    writeFileSync(path.join(root, 'file'), '')
    expect(() => makeFolder(path.join(root, 'file/x/y'))).toThrow('ENOTDIR')
  })

  it.skipIf(!existsSync('/proc/self'))('ends where no folder can be made, with a word of what is wrong', async () => {
    expect(() => makeFolder(NOWHERE)).toThrow(/^E(NOENT|ACCES|PERM)/)
    expect(() => createTokenTracker({ spoolDir: NOWHERE }, { env: {} })).toThrow(ConfigurationError)
    const { pipeline, log, guard } = createTestPipeline({ batched: false })
    const file = path.join(NOWHERE, 'usage.log')
    const options = { file, maxBytes: 1_000, interval: null, maxFiles: null, compress: false }
    pipeline.addSink(createFileSink({ ...options, onFault: guard.report }))
    const before = guard.faults
    log()
    const start = performance.now()
    await pipeline.shutdown(10_000)
    expect(performance.now() - start).toBeLessThan(5_000)
    // The failed write, and the event that was not delivered.
    expect([guard.faults - before, pipeline.stats.sinks]).toMatchObject([2, { file: { dropped: 1, failures: 1 } }])
  })
})
