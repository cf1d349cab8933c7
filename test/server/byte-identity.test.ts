import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpusFolder, hasCorpus, loadReplayTools } from '../setup/corpus.ts'
import { createGateway } from '../setup/gateway.ts'
import { listen, serverKinds, type TestServer } from '../setup/servers.ts'
import { createCaptureTracker } from './capture-tracker.ts'

/** Cases of each mode; all of them take minutes. */
const CASES = 20
const MODES = ['event', 'random:1', 'recorded', 'gzip', 'br', 'cut']

if (!hasCorpus) console.warn('SKIPPED: comparing recorded responses byte by byte needs ../shared, which is absent')

describe.skipIf(!hasCorpus)('recorded responses through a watched gateway', () => {
  let upstream: TestServer

  beforeAll(async () => {
    const { createReplayServer } = await loadReplayTools()
    upstream = await listen(createReplayServer())
  })
  afterAll(() => upstream.close())

  const gateway = createGateway(() => upstream.url)

  it.each(Object.entries(serverKinds))('behind %s are the same bytes, headers and ends', async (_kind, start) => {
    const { tracker, exchanges, faults } = createCaptureTracker()
    const [bare, server] = await Promise.all([start(gateway, null), start(gateway, tracker)])
    const options = ['--direct', bare.url, '--via', server.url, '--modes', MODES.join(), '--max', String(CASES)]
    const tool = path.join(corpusFolder, '../tools/byte-diff.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [tool, ...options])
    const results = stdout.trim().split('\n')
    expect(results).toHaveLength(MODES.length)
    for (const [at, result] of results.entries()) {
      const [, mode, equal, all] = /^(\S+): (\d+)\/(\d+) identical$/.exec(result) ?? []
      expect([mode, equal]).toEqual([MODES[at], all])
    }
    expect(exchanges.length).toBeGreaterThan(CASES)
    expect(faults).toEqual([])
    await Promise.all([bare.close(), server.close()])
  })
})
