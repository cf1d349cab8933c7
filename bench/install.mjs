// What npm makes of the packed package alone and beside what its users have: packages, size, warnings; and one event
// exported to a receiver that refuses, which shows that OpenTelemetry was found. `npm run bench:install -- 20 22 24`.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '..')
const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-install-'))
const versions = process.argv.length > 2 ? process.argv.slice(2) : [process.versions.node.split('.')[0]]
const MB = 1e6

const HOSTS = [
  [],
  ['openai'],
  ['@anthropic-ai/sdk'],
  ['@google/genai'],
  ['@mistralai/mistralai'],
  ['ai'],
  ['langchain', '@langchain/core'],
  ['@opentelemetry/api@1.9.1'],
  ['@opentelemetry/api@1.9.1', '@opentelemetry/sdk-node@0.223.0'],
  ['@opentelemetry/api', '@opentelemetry/sdk-node'],
]

const EXPORT = `
  import { createTokenTracker } from 'token-usage-tracker'
  const messages = []
  const say = (fields, message) => messages.push(message)
  const settings = { otelEndpoint: 'http://127.0.0.1:1', trackCosts: false, shutdownTimeout: 2 }
  const tracker = createTokenTracker(settings, { logger: { debug() {}, info() {}, warn: say, error: say } })
  tracker.logger.logTokenUsage({ model: 'gpt-4o', promptTokens: 1, completionTokens: 1 })
  await tracker.flush()
  await tracker.shutdown()
  console.log(messages.some((message) => message.includes('ECONNREFUSED')) ? 'exports' : messages.join(' '))
`

try {
  const { stdout: npm } = await run('npm', ['root', '-g'])
  const npmCli = path.join(npm.trim(), 'npm/bin/npm-cli.js')
  const packed = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root })
  const tarball = path.join(folder, packed.stdout.trim())
  console.log('| Node | beside | packages | MB without source maps | warnings of npm | OpenTelemetry |')
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const version of versions) {
    const node = await findNode(version)
    for (const host of HOSTS) console.log(await tryHost(node, npmCli, version, tarball, host))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Packages of the host first, as its users have them, then ours. */
async function tryHost(node, npmCli, version, tarball, host) {
  const place = mkdtempSync(path.join(folder, 'host-'))
  const env = { ...process.env, PATH: `${path.dirname(node)}:${process.env.PATH}` }
  const install = (...names) => run(node, [npmCli, 'install', ...names], { cwd: place, env })
  writeFileSync(path.join(place, 'package.json'), '{ "private": true }\n')
  const label = host.join(' ') || 'nothing'
  try {
    if (host.length > 0) await install(...host)
    const before = measure(place)
    const { stderr } = await install(tarball)
    const after = measure(place)
    const { stdout } = await run(node, ['--input-type=module', '-e', EXPORT], { cwd: place, env })
    const warnings = stderr.split('\n').filter((line) => /^npm warn/i.test(line) && !line.includes('install-scripts'))
    const size = ((after.bytes - before.bytes) / MB).toFixed(0)
    return `| ${version} | ${label} | +${after.packages - before.packages} | +${size} | ${warnings.length} | ${stdout.trim()} |`
  } catch (error) {
    const [line = ''] = /npm error.*|Error:.*/.exec(error.stderr ?? String(error)) ?? []
    return `| ${version} | ${label} | - | - | ${line} | - |`
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function measure(place) {
  const modules = path.join(place, 'node_modules')
  mkdirSync(modules, { recursive: true })
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  const packages = files.filter((file) => /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@.]+\/package\.json$/.test(file))
  const sizes = files.filter((file) => !file.endsWith('.map')).map((file) => statSync(path.join(modules, file)))
  return { packages: packages.length, bytes: sizes.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0) }
}

async function findNode(version) {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath
  const place = path.join(folder, `node-${version}`)
  mkdirSync(place)
  writeFileSync(path.join(place, 'package.json'), '{ "private": true }\n')
  await run('npm', ['install', `node@${version}`], { cwd: place })
  return path.join(place, 'node_modules/node/bin/node')
}
