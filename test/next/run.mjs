// A Next.js application with the packed package, built and started as its users do: `npm run test:next`, with --webpack too.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-next-'))
const log = path.join(folder, 'usage.log')
const usesWebpack = process.argv.includes('--webpack')
/** What this was tried with: a run is to fail for what we changed. `next@latest` as an argument tries the newest. */
const NEXT = process.argv.find((word) => word.startsWith('next@')) ?? 'next@16.4.6'
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', TOKEN_TRACKER_FILE_LOGGING: 'true' }
Object.assign(env, { TOKEN_TRACKER_LOG_FILE: log, TOKEN_TRACKER_TRACK_COSTS: 'false' })

/** Next.js builds with its own webpack into places that it does not serve: there the package stays outside. */
const WEBPACK_CONFIG = `module.exports = { serverExternalPackages: ['token-usage-tracker'] }\n`

const LAYOUT = `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>
}
`

/** Tells of every worker thread that came to life. */
const WATCH = `
  const threads = require('node:worker_threads')
  threads.Worker = class extends threads.Worker {
    constructor(file, options) {
      super(file, options)
      this.once('online', () => console.log('online', options?.name))
    }
  }
  require('node:module').syncBuiltinESMExports()
`

try {
  await install()
  const next = path.join(folder, 'node_modules/next/dist/bin/next')
  await run(process.execPath, [next, 'build', ...(usesWebpack ? ['--webpack'] : [])], { cwd: folder, env })
  await startAndCheck(next)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function install() {
  cpSync(path.join(root, 'test/next/app'), path.join(folder, 'app'), { recursive: true })
  writeFileSync(path.join(folder, 'app/layout.jsx'), LAYOUT)
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  writeFileSync(path.join(folder, 'watch.cjs'), WATCH)
  if (usesWebpack) writeFileSync(path.join(folder, 'next.config.js'), WEBPACK_CONFIG)
  const packed = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root })
  await run('npm', ['install', `./${packed.stdout.trim()}`, NEXT, 'react@19', 'react-dom@19'], {
    cwd: folder,
  })
}

async function startAndCheck(next) {
  const port = await findPort()
  const args = ['--require', path.join(folder, 'watch.cjs'), next, 'start', '-p', String(port)]
  const server = spawn(process.execPath, args, { cwd: folder, env })
  let output = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(server, 'exit')
  try {
    await waitUntil('the server to start', () => output.includes('Ready in'))
    for (const kind of ['json', 'stream', 'aborted', 'long']) await call(port, kind)
    await waitUntil('four events', () => readEvents().length === 4)
    const counted = readEvents().map(
      (event) => `${event.status} ${event.completion_tokens} ${event.completion_token_source}`,
    )
    const expected = ['aborted 2 tiktoken', 'success 2 api', 'success 2 api', 'success 44001 tiktoken']
    assert.deepEqual(counted.toSorted(), expected)
    assert.doesNotMatch(output, /counting thread/)
    assert.match(output, /online token-counter/)
    console.log(`next ${readVersion()}, ${usesWebpack ? 'webpack' : 'Turbopack'}: four events, counted in a thread`)
  } catch (error) {
    console.error(output)
    throw error
  } finally {
    server.kill()
    await ended
  }
}

async function call(port, kind) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: kind !== 'json', messages: [{ role: 'user', content: kind }] }),
  })
  if (kind === 'aborted') {
    const reader = response.body.getReader()
    await reader.read()
    await reader.cancel()
  } else await response.text()
}

function readEvents() {
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

function readVersion() {
  return JSON.parse(readFileSync(path.join(folder, 'node_modules/next/package.json'), 'utf8')).version
}

async function findPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

async function waitUntil(what, isTrue) {
  const deadline = performance.now() + 60_000
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`waited for ${what} for a minute`)
    await sleep(50)
  }
}
