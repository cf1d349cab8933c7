// Runs the packed package in every framework on every runtime, and writes docs/runtimes.md: `npm run matrix`.
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { frameworks } from './frameworks.mjs'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../../..')
const WANTED = JSON.stringify([
  [false, 11, 'api'],
  [true, 11, 'api'],
])
const RUNTIMES = ['node20@npm:node@20', 'node22@npm:node@22', 'node24@npm:node@24', 'bun', 'deno']

const folder = mkdtempSync(path.join(tmpdir(), 'token-tracker-matrix-'))
// Runtimes are large: they may be kept in a folder of one's own.
const runtimes = process.env.MATRIX_RUNTIMES ?? path.join(folder, 'runtimes')
if (!existsSync(path.join(runtimes, 'node_modules'))) {
  mkdirSync(runtimes, { recursive: true })
  writeFileSync(path.join(runtimes, 'package.json'), '{}')
  await run('npm', ['install', ...RUNTIMES], { cwd: runtimes })
}
const bin = (name, file) => path.join(runtimes, 'node_modules', name, file)
const commands = {
  ...Object.fromEntries(['node20', 'node22', 'node24'].map((name) => [name, [bin(name, 'bin/node')]])),
  bun: [bin('.bin', 'bun'), 'run', '--bun'],
  deno: [bin('.bin', 'deno'), 'run', '-A', '--node-modules-dir=manual', '--quiet'],
}

/** Installed as npm would, but for the dependencies, which are linked from the checkout. */
async function install() {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
  })
  await run('tar', ['-xzf', stdout.trim(), '-C', folder], { cwd: folder })
  const modules = path.join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(path.join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name))
  cpSync(path.join(folder, 'package'), path.join(modules, 'token-usage-tracker'), { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
  for (const file of ['program.mjs', 'frameworks.mjs'])
    cpSync(path.join(import.meta.dirname, file), path.join(folder, file))
}

async function tell([command, ...given], framework) {
  try {
    const { stdout } = await run(command, [...given, 'program.mjs', framework], { cwd: folder, timeout: 60_000 })
    return stdout.trim() === WANTED ? 'yes' : `counted ${stdout.trim()}`
  } catch (error) {
    const lines = `${error.stderr ?? ''}${error.stdout ?? ''}`.split('\n')
    return `no: ${lines.find((line) => /error/i.test(line))?.trim() ?? error.message.split('\n')[0]}`
  }
}

async function versionOf([command]) {
  const { stdout } = await run(command, ['--version'])
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown'
}

const versionOfPackage = (name) =>
  JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version

await install()
const names = Object.keys(commands)
const heads = []
for (const name of names) {
  const version = await versionOf(commands[name])
  heads.push(name.startsWith('node') ? `Node ${version}` : `${name[0].toUpperCase()}${name.slice(1)} ${version}`)
}
const rows = []
const notes = []
for (const framework of Object.keys(frameworks)) {
  const cells = []
  for (const [index, name] of names.entries()) {
    const told = await tell(commands[name], framework)
    console.log(`${framework} on ${name}: ${told}`)
    if (told !== 'yes')
      notes.push(`${framework} on ${heads[index]}: ${told.replace(/^no: /, '').replaceAll(folder, '.')}`)
    cells.push(told === 'yes' ? 'yes' : `no (${notes.length})`)
  }
  rows.push(`| ${framework} | ${cells.join(' | ')} |`)
}

const versions = ['express', 'express4', 'fastify', '@nestjs/core', 'koa', 'hono', '@hono/node-server', 'h3']
writeFileSync(
  path.join(root, 'docs/runtimes.md'),
  `# Runtimes and frameworks

Written by \`npm run matrix\`: in each cell the packed package ran in that framework on that runtime, answered a JSON and a
stream request with the bytes it was given, and counted each once, from the usage reported. Hono, h3 and web handlers run on
the runtime's own server (\`Bun.serve\`, \`Deno.serve\`; on Node \`@hono/node-server\`), the others on its \`node:http\`.

| | ${heads.join(' | ')} |
| --- |${' --- |'.repeat(names.length)}
${rows.join('\n')}
${notes.length > 0 ? `\n${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}\n` : ''}
With ${versions.map((name) => `${name} ${versionOfPackage(name)}`).join(', ')}.
`,
)
rmSync(folder, { recursive: true, force: true })
