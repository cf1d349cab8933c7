import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import webpack from 'webpack'
import { startOtlpReceiver, type OtlpReceiver } from '../setup/otlp-receiver.ts'
import { installPackedPackage, type PackedPackage } from '../setup/packed-package.ts'

const run = promisify(execFile)

/** JSON, a stream, one that its reader left, and a long answer that nobody reported usage of. */
const COUNTED = ['aborted 2 tiktoken', 'success 2 api', 'success 2 api', 'success 44001 tiktoken']
const NO_WORKER = '// An application that switches the thread off.\nglobalThis.COUNTER_WORKER = false\n'

interface Report {
  readonly counted: string[]
  readonly faults: string[]
}

/** Every bundle runs in a folder of its own, in which no package is to be found. */
describe('a bundle of a server with the middleware', () => {
  let installed: PackedPackage
  let receiver: OtlpReceiver
  const bundles = mkdtempSync(path.join(tmpdir(), 'token-tracker-bundles-'))

  beforeAll(async () => {
    installed = await installPackedPackage()
    receiver = await startOtlpReceiver()
    cpSync(path.join(import.meta.dirname, 'bundled-server.mjs'), path.join(installed.folder, 'server.mjs'))
  })
  afterAll(async () => {
    installed.remove()
    rmSync(bundles, { recursive: true, force: true })
    await receiver.stop()
  })

  function toFolder(name: string): string {
    const folder = path.join(bundles, name)
    mkdirSync(folder)
    return folder
  }

  async function runBundle(file: string): Promise<Report> {
    const env = { ...process.env, TOKEN_TRACKER_OTEL_ENDPOINT: receiver.url }
    const { stdout } = await run(process.execPath, [file], { cwd: path.dirname(file), env, timeout: 60_000 })
    return JSON.parse(stdout) as Report
  }

  async function bundleWithEsbuild(folder: string, format: 'esm' | 'cjs', banner = ''): Promise<string> {
    const require = `import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);`
    const outfile = path.join(folder, format === 'esm' ? 'server.mjs' : 'server.cjs')
    await build({
      absWorkingDir: installed.folder,
      entryPoints: ['server.mjs'],
      bundle: true,
      platform: 'node',
      format,
      outfile,
      logLevel: 'error',
      logOverride: { 'empty-import-meta': 'silent' },
      banner: { js: (format === 'esm' ? require : '') + banner },
    })
    return outfile
  }

  function copyWorker(folder: string): void {
    const worker = path.join(installed.folder, 'node_modules/token-usage-tracker/dist/counter-worker.cjs')
    cpSync(worker, path.join(folder, 'counter-worker.cjs'))
  }

  it('by esbuild as an ES module counts, with the worker file copied beside it', async () => {
    const folder = toFolder('esm')
    copyWorker(folder)
    const before = receiver.received.length
    expect(await runBundle(await bundleWithEsbuild(folder, 'esm'))).toMatchObject({ counted: COUNTED, faults: [] })
    expect(receiver.received.length).toBeGreaterThan(before)
  })

  it('by esbuild as CommonJS counts on the event loop, and says once how to have the worker', async () => {
    const before = receiver.received.length
    const { counted, faults } = await runBundle(await bundleWithEsbuild(toFolder('cjs'), 'cjs'))
    expect(counted).toEqual(COUNTED)
    expect(faults).toEqual([expect.stringContaining('{ counterWorker: new URL(...) }')])
    expect(receiver.received.length).toBeGreaterThan(before)
  })

  it('by esbuild as CommonJS takes the worker that it is shown', async () => {
    const folder = toFolder('cjs-worker')
    copyWorker(folder)
    const shown = `globalThis.COUNTER_WORKER = require('node:url').pathToFileURL(__dirname + '/counter-worker.cjs');`
    const report = await runBundle(await bundleWithEsbuild(folder, 'cjs', shown))
    expect(report).toMatchObject({ counted: COUNTED, faults: [] })
  })

  it('counts on the event loop where the application switches the thread off', async () => {
    const report = await runBundle(await bundleWithEsbuild(toFolder('no-worker'), 'esm', `\n${NO_WORKER}`))
    expect(report).toMatchObject({ counted: COUNTED, faults: [] })
  })

  it('by esbuild builds the worker from its entry of the package', async () => {
    const folder = toFolder('entry')
    await build({
      absWorkingDir: installed.folder,
      entryPoints: { 'counter-worker': 'token-usage-tracker/counter-worker' },
      bundle: true,
      platform: 'node',
      outdir: folder,
      outExtension: { '.js': '.cjs' },
    })
    expect(await runBundle(await bundleWithEsbuild(folder, 'esm'))).toMatchObject({ counted: COUNTED, faults: [] })
  })

  it.each(['ES module', 'CommonJS'])('by webpack as %s counts, and brings the worker along', async (kind) => {
    const folder = toFolder(`webpack-${kind}`)
    const isModule = kind === 'ES module'
    await bundleWithWebpack(installed.folder, folder, isModule)
    const before = receiver.received.length
    const report = await runBundle(path.join(folder, isModule ? 'main.mjs' : 'main.cjs'))
    expect(report).toMatchObject({ counted: COUNTED, faults: [] })
    expect(receiver.received.length).toBeGreaterThan(before)
  })
})

function bundleWithWebpack(context: string, folder: string, isModule: boolean): Promise<void> {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ type: isModule ? 'module' : 'commonjs' }))
  const compiler = webpack({
    context,
    entry: './server.mjs',
    target: 'node20',
    mode: 'production',
    optimization: { minimize: false },
    output: {
      path: folder,
      filename: isModule ? 'main.mjs' : 'main.cjs',
      module: isModule,
      ...(isModule && { chunkFormat: 'module' as const }),
    },
    experiments: { outputModule: isModule },
  })
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')))
      else compiler.close((fault) => (fault ? reject(fault) : resolve()))
    })
  })
}
