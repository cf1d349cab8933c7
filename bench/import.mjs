// What a server pays before its first request: import and middleware, against an empty program, in pairs.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const dist = path.resolve(import.meta.dirname, '../dist')
const PAIRS = Number(process.argv[2] ?? 15)
const MIB = 1024 * 1024
const TELL = `process.getBuiltinModule("node:fs").writeSync(1, JSON.stringify([performance.now(), process.memoryUsage.rss()])); process.exit()`

const programs = [
  {
    name: 'token-usage-tracker, ES module',
    args: toModule(`import { tokenUsageMiddleware } from ${quote(`${dist}/index.js`)}; tokenUsageMiddleware()`),
  },
  {
    name: 'token-usage-tracker, CommonJS',
    args: toScript(`require(${quote(`${dist}/index.cjs`)}).tokenUsageMiddleware()`),
  },
  ...toPeer('express-rate-limit', '.rateLimit()'),
  ...toPeer('pino-http', '()'),
]

for (const { name, args } of programs) {
  const costs = []
  for (let pair = 0; pair < PAIRS; pair++) {
    const empty = await measure(args.includes('--input-type=module') ? toModule('') : toScript(''))
    const full = await measure(args)
    costs.push({ milliseconds: full.milliseconds - empty.milliseconds, mebibytes: full.mebibytes - empty.mebibytes })
  }
  const milliseconds = toMedian(costs.map((cost) => cost.milliseconds)).toFixed(0)
  const mebibytes = toMedian(costs.map((cost) => cost.mebibytes)).toFixed(1)
  console.log(`${name}: +${milliseconds} ms, +${mebibytes} MiB (median of ${PAIRS} pairs)`)
}

function toModule(source) {
  return ['--input-type=module', '-e', `${source}; ${TELL}`]
}

function toScript(source) {
  return ['--input-type=commonjs', '-e', `${source}; ${TELL}`]
}

/** Only where it is installed: `npm i --no-save express-rate-limit pino-http`. */
function toPeer(name, call) {
  try {
    return [{ name, args: toScript(`require(${quote(require.resolve(name))})${call}`) }]
  } catch {
    console.log(`${name}: skipped, not installed (npm i --no-save ${name})`)
    return []
  }
}

function quote(text) {
  return JSON.stringify(text)
}

/** Milliseconds from the start of the process to the end of its program, and its memory then. */
async function measure(args) {
  const env = { ...process.env, TOKEN_TRACKER_LOG_LEVEL: 'silent' }
  const { stdout } = await run(process.execPath, args, { env })
  const [milliseconds, bytes] = JSON.parse(stdout)
  return { milliseconds, mebibytes: bytes / MIB }
}

function toMedian(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
