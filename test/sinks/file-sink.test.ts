import { spawnSync } from 'node:child_process'
import {
  chmodSync,
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
import { afterAll, describe, expect, it } from 'vitest'
import { gunzipSync } from 'node:zlib'
import { createFileSink } from '../../src/sinks/file/file-sink.ts'
import { runProgram } from '../setup/run-program.ts'
import { createTestTracker } from '../setup/tracker.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function readLines(name: string): Record<string, unknown>[] {
  const bytes = readFileSync(path.join(folder, name))
  const text = name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The Python original's keys in their order, then ours. */
const KEYS =
  'id timestamp model prompt_tokens completion_tokens total_tokens user_id client_id session_id provider model_version ' +
  'deployment_id token_source prompt_cost completion_cost total_cost currency endpoint request_id parent_request_id ' +
  'conversation_id duration_ms time_to_first_token_ms tokens_per_second prompt_sample completion_sample temperature ' +
  'max_tokens top_p frequency_penalty presence_penalty streaming status error_code error_message metadata tags ' +
  'created_at updated_at request_model operation prompt_token_source completion_token_source cached_tokens ' +
  'cache_write_tokens reasoning_tokens audio_prompt_tokens audio_completion_tokens image_tokens usage_details ' +
  'provider_cost priced_by other_models service_tier inference_region http_status truncated trace_id span_id credits credit_allowance schema_version'

describe('the log file', () => {
  it('holds one line for each event, with the documented keys in their order', async () => {
    const file = path.join(folder, 'deep/er/usage.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file, CLIENT_ID: 'here' })
    const ids = [1, 2, 3].map((promptTokens) => tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens }))
    await tracker.flush()
    const lines = readLines('deep/er/usage.log')
    expect(lines.map(({ id }) => id)).toEqual(ids)
    expect(Object.keys(lines[0]!).join(' ')).toBe(KEYS)
    expect(lines[0]).toMatchObject({ model: 'gpt-4', prompt_tokens: 1, completion_tokens: null, total_tokens: null })
    expect(lines[0]).toMatchObject({
      client_id: 'here',
      currency: 'USD',
      status: 'success',
      streaming: false,
      tags: [],
    })
    expect(lines[0]!['created_at']).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
    await tracker.shutdown()
  })

  it('is described in the README key by key', () => {
    const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
    const section = readme.slice(readme.indexOf('## The log file'), readme.indexOf('\n## OpenTelemetry'))
    const documented = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, key]) => key)
    expect(documented.join(' ')).toBe(KEYS)
  })

  it('is rotated by size without losing a line', async () => {
    const file = path.join(folder, 'rotated/usage.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file, LOG_ROTATION: '20KB' })
    const ids: (string | null)[] = []
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 10; index++)
        ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index }))
      await tracker.flush()
    }
    await tracker.shutdown()
    const files = readdirSync(path.join(folder, 'rotated'))
    expect(files.length).toBeGreaterThan(3)
    const found = files.flatMap((name) => readIds(`rotated/${name}`))
    expect(new Set(found)).toEqual(new Set(ids))
    expect(found).toHaveLength(ids.length)
  })

  it.each(['a folder', 'a folder below a file', 'a closed folder'])(
    'that cannot be written is told at the start: %s',
    (what) => {
      const place = path.join(folder, what)
      mkdirSync(place)
      const blocked = path.join(place, 'blocked')
      if (what === 'a folder') mkdirSync(blocked)
      else if (what === 'a folder below a file') writeFileSync(blocked, '')
      const isRoot = process.getuid?.() === 0
      if (what === 'a closed folder') chmodSync(place, 0o500)
      const faults: string[] = []
      createFileSink({
        file: what === 'a folder' ? blocked : path.join(blocked, 'usage.log'),
        maxBytes: 1_000,
        interval: null,
        maxFiles: null,
        compress: false,
        onFault: (name, error) => faults.push(`${name}: ${String(error)}`),
      })
      // Nothing is closed to root.
      if (isRoot && what === 'a closed folder') expect(faults).toEqual([])
      else expect(faults).toEqual([expect.stringMatching(/^log file: expected a file/)])
      chmodSync(place, 0o700)
    },
  )

  it('that cannot be written is tried again, and the events come when it can', async () => {
    const place = path.join(folder, 'blocked')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: path.join(place, 'usage.log') })
    writeFileSync(place, 'a file where a folder should be')
    const id = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    await tracker.flush()
    expect(tracker.getStats().sinks['file']).toMatchObject({ delivered: 0, waiting: 1 })
    rmSync(place)
    await tracker.flush()
    expect(readIds('blocked/usage.log')).toEqual([id])
    await tracker.shutdown()
  })
})

describe('rotated log files', () => {
  async function fillFiles(name: string, variables: Record<string, string>, rounds: number) {
    const { tracker } = createTestTracker({
      FILE_LOGGING: 'true',
      LOG_FILE: path.join(folder, name, 'usage.log'),
      LOG_ROTATION: '1KB',
      ...variables,
    })
    const ids: unknown[] = []
    for (let round = 0; round < rounds; round++) {
      ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: round }))
      await tracker.flush()
    }
    await tracker.shutdown()
    return ids
  }

  it('are kept up to their number, the latest, compressed ones counted', async () => {
    const first = await fillFiles('kept', { LOG_COMPRESS: 'true', LOG_FILE_MAX_FILES: '3' }, 5)
    expect(archivesIn('kept').map((name) => path.extname(name))).toEqual(['.gz', '.gz', '.gz'])
    expect(archivesIn('kept').flatMap((name) => readIds(`kept/${name}`))).toEqual(first.slice(2))
    const second = await fillFiles('kept', { LOG_FILE_MAX_FILES: '3' }, 2)
    expect(archivesIn('kept').map((name) => path.extname(name))).toEqual(['.gz', '.log', '.log'])
    expect(archivesIn('kept').flatMap((name) => readIds(`kept/${name}`))).toEqual([first[4], ...second])
  })

  it('begin at every interval, without losing a line', async () => {
    const { tracker } = createTestTracker({
      FILE_LOGGING: 'true',
      LOG_FILE: path.join(folder, 'interval/usage.log'),
      LOG_ROTATION_INTERVAL: '1s',
    })
    const ids: unknown[] = []
    for (const end = performance.now() + 2_500; performance.now() < end;) {
      ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4' }))
      await tracker.flush()
    }
    await tracker.shutdown()
    expect(archivesIn('interval').length).toBeGreaterThanOrEqual(2)
    const names = [...archivesIn('interval'), 'usage.log']
    expect(names.flatMap((name) => readIds(`interval/${name}`))).toEqual(ids)
  })

  it('that a process left uncompressed are compressed by the next one', async () => {
    const left = await fillFiles('left', {}, 2)
    const [first] = archivesIn('left')
    writeFileSync(path.join(folder, 'left', `${first}.gz.tmp`), 'an unfinished archive')
    await fillFiles('left', { LOG_COMPRESS: 'true' }, 0)
    // What another process is at work on is left to it, until that has made no progress for a minute.
    expect(archivesIn('left').map((name) => path.extname(name))).toEqual(['.log', '.gz'])
    utimesSync(path.join(folder, 'left', `${first}.gz.tmp`), 1, 1)
    const more = await fillFiles('left', { LOG_COMPRESS: 'true' }, 1)
    expect(archivesIn('left').map((name) => path.extname(name))).toEqual(['.gz', '.gz', '.gz'])
    expect(archivesIn('left').flatMap((name) => readIds(`left/${name}`))).toEqual([...left, ...more])
  })

  it('are not for everybody to read, nor is the file itself', async () => {
    const before = process.umask(0o022)
    try {
      await fillFiles('modes', { LOG_COMPRESS: 'true' }, 1)
    } finally {
      process.umask(before)
    }
    const modes = readdirSync(path.join(folder, 'modes')).map((name) => [
      path.extname(name),
      statSync(path.join(folder, 'modes', name)).mode & 0o777,
    ])
    expect(modes).toEqual([
      ['.gz', 0o640],
      ['.log', 0o640],
    ])
  })
})

describe('a log file that is no regular file', () => {
  const source = `
    import { createTokenTracker } from 'token-usage-tracker'
    const tracker = createTokenTracker({ flushInterval: 0.01, logRotation: 10 })
    for (let index = 0; index < 3; index++) {
      console.log('id', tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index }))
      await tracker.flush()
    }
    await tracker.shutdown()
    console.log('delivered', tracker.getStats().sinks.file.delivered)
  `
  const env = { TOKEN_TRACKER_FILE_LOGGING: 'true', TOKEN_TRACKER_LOG_FILE: '/dev/stdout' }

  function readPrinted(output: string) {
    const lines = output.trim().split('\n')
    return {
      ids: lines.filter((line) => line.startsWith('id ')).map((line) => line.slice(3)),
      logged: lines.filter((line) => line.startsWith('{')).map((line) => (JSON.parse(line) as { id: string }).id),
      last: lines.at(-1),
    }
  }

  it('may be the standard output, in the order of what else is printed', async () => {
    const program = runProgram(source, env)
    await program.ended
    const { ids, logged, last } = readPrinted(program.output)
    expect(last).toBe('delivered 3')
    expect(logged).toEqual(ids)
  })

  it('may be the standard output, into a pipe and into a file of the shell', () => {
    const into = path.join(folder, 'shell.txt')
    const options = {
      env: {
        ...process.env,
        ...env,
        SOURCE: source,
        INTO: into,
        NODE: process.execPath,
        TOKEN_TRACKER_LOG_LEVEL: 'silent',
      },
      cwd: path.resolve(import.meta.dirname, '../..'),
      encoding: 'utf8' as const,
    }
    const command = '"$NODE" --input-type=module -e "$SOURCE"'
    const piped = readPrinted(spawnSync('sh', ['-c', `${command} | cat`], options).stdout)
    spawnSync('sh', ['-c', `${command} > "$INTO"`], options)
    const redirected = readPrinted(readFileSync(into, 'utf8'))
    for (const { ids, logged, last } of [piped, redirected]) {
      expect(last).toBe('delivered 3')
      expect(logged).toEqual(ids)
    }
  })

  it('may be a device, which is neither mended nor rotated', async () => {
    const before = statSync('/dev/null', { bigint: true }).ino
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: '/dev/null', LOG_ROTATION: '10' })
    for (let index = 0; index < 3; index++) {
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index })
      await tracker.flush()
    }
    expect(tracker.getStats().sinks['file']).toMatchObject({ delivered: 3, waiting: 0 })
    await tracker.shutdown()
    expect(statSync('/dev/null', { bigint: true }).ino).toBe(before)
  })
})

describe('the log file, when others touch it', () => {
  it('is made anew when its folder was removed', async () => {
    const file = path.join(folder, 'removed/usage.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file })
    tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    await tracker.flush()
    rmSync(path.dirname(file), { recursive: true })
    const id = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 2 })
    await tracker.flush()
    expect(readIds('removed/usage.log')).toEqual([id])
    await tracker.shutdown()
  })

  it('is opened anew when somebody moved it away', async () => {
    const file = path.join(folder, 'moved.log')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file })
    const first = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    await tracker.flush()
    renameSync(file, `${file}.1`)
    const second = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 2 })
    await tracker.flush()
    expect([readIds('moved.log.1'), readIds('moved.log')]).toEqual([[first], [second]])
    await tracker.shutdown()
  })

  it('begins a new line behind one that was torn', async () => {
    const file = path.join(folder, 'torn.log')
    writeFileSync(file, '{"id":"whole"}\n{"id":"to')
    const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file })
    const id = tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1 })
    await tracker.shutdown()
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines.slice(0, 2)).toEqual(['{"id":"whole"}', '{"id":"to'])
    expect(JSON.parse(lines[2]!)).toMatchObject({ id })
  })

  it('is compressed when it is rotated, if asked to', async () => {
    const file = path.join(folder, 'gzip/usage.log')
    const { tracker } = createTestTracker({
      FILE_LOGGING: 'true',
      LOG_FILE: file,
      LOG_ROTATION: '3KB',
      LOG_COMPRESS: 'yes',
    })
    const ids: (string | null)[] = []
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 4; index++)
        ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index }))
      await tracker.flush()
    }
    await tracker.shutdown()
    const zipped = readdirSync(path.dirname(file)).filter((name) => name.endsWith('.gz'))
    expect(zipped).toHaveLength(3)
    const lines = zipped.flatMap((name) =>
      gunzipSync(readFileSync(path.join(path.dirname(file), name)))
        .toString()
        .trim()
        .split('\n'),
    )
    expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id))).toEqual(new Set(ids))
  })

  it('takes whole lines from several processes, whoever rotates it', async () => {
    const file = path.join(folder, 'cluster/usage.log')
    const source = `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ flushInterval: 0.01 })
      for (let round = 0; round < 40; round++) {
        for (let index = 0; index < 25; index++) tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index, metadata: { filler: 'x'.repeat(500) } })
        await tracker.flush()
      }
      await tracker.shutdown()
    `
    const env = {
      TOKEN_TRACKER_FILE_LOGGING: 'true',
      TOKEN_TRACKER_LOG_FILE: file,
      TOKEN_TRACKER_LOG_ROTATION: '500KB',
    }
    await Promise.all([1, 2, 3].map(() => runProgram(source, env).ended))
    const ids = readdirSync(path.dirname(file)).flatMap((name) => readIds(`cluster/${name}`))
    expect(ids).toHaveLength(3_000)
    expect(new Set(ids).size).toBe(3_000)
  })

  it('loses nothing when several processes rotate and compress it', async () => {
    const file = path.join(folder, 'zipped-cluster/usage.log')
    const source = `
      import { createTokenTracker } from 'token-usage-tracker'
      const tracker = createTokenTracker({ flushInterval: 0.01 })
      for (let round = 0; round < 80; round++) {
        for (let index = 0; index < 25; index++) tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index, metadata: { filler: 'x'.repeat(500) } })
        await tracker.flush()
        await new Promise((resolve) => setTimeout(resolve, 40))
      }
      await tracker.shutdown()
    `
    const env = {
      TOKEN_TRACKER_FILE_LOGGING: 'true',
      TOKEN_TRACKER_LOG_FILE: file,
      TOKEN_TRACKER_LOG_ROTATION: '200KB',
      TOKEN_TRACKER_LOG_COMPRESS: 'true',
    }
    await Promise.all([1, 2, 3].map(() => runProgram(source, env).ended))
    const names = readdirSync(path.dirname(file))
    expect(names.filter((name) => !name.endsWith('.gz'))).toEqual(['usage.log'])
    expect(names.length).toBeGreaterThan(10)
    const ids = names.flatMap((name) => readIds(`zipped-cluster/${name}`))
    expect(ids).toHaveLength(6_000)
    expect(new Set(ids).size).toBe(6_000)
  })

  it('on a full disk loses nothing: the events wait until there is room', async (context) => {
    const mount = path.join(folder, 'small-disk')
    mkdirSync(mount)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount])
    context.skip(mounted.status !== 0, 'SKIPPED: no tmpfs can be mounted here')
    try {
      writeFileSync(path.join(mount, 'filler'), Buffer.alloc(200 * 1024))
      const file = path.join(mount, 'usage.log')
      const { tracker } = createTestTracker({ FILE_LOGGING: 'true', LOG_FILE: file, SHUTDOWN_TIMEOUT: '2' })
      const ids: (string | null)[] = []
      for (let index = 0; index < 100; index++) {
        ids.push(tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: index }))
        await tracker.flush()
      }
      expect(tracker.getStats().sinks['file']!.waiting).toBeGreaterThan(10)
      rmSync(path.join(mount, 'filler'))
      await tracker.shutdown()
      expect(readIds('small-disk/usage.log')).toEqual(ids)
    } finally {
      spawnSync('umount', [mount])
    }
  })
})

function readIds(name: string): unknown[] {
  return readLines(name).map(({ id }) => id)
}

/** Oldest first. */
function archivesIn(name: string): string[] {
  return readdirSync(path.join(folder, name)).filter((file) => /^\d.*usage\.log(?:\.gz)?$/.test(file))
}
