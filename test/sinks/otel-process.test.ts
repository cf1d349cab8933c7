import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { build } from 'tsdown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PROTOCOLS, startReceiverOf } from '../setup/otlp-receiver.ts'
import { createEvent, createOptions, readPoints } from './otel-fixtures.ts'

// Below node_modules, so that the built sink finds its dependencies.
const folder = new URL(`../../node_modules/.cache/otel-process-${process.pid}/`, import.meta.url)

beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await build({
    config: false,
    entry: fileURLToPath(new URL('../../src/sinks/otel/open-telemetry-sink.ts', import.meta.url)),
    outDir: fileURLToPath(folder),
    format: ['esm', 'cjs'],
    platform: 'node',
    deps: { neverBundle: [/^@opentelemetry\//] },
    dts: false,
    clean: false,
    logLevel: 'silent',
  })
  await writeFile(new URL('package.json', folder), '{ "type": "module" }')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program with the built sink in `sink` and an event in `event`; answers its output. */
async function runProgram(program: string, options: object, extension: 'mjs' | 'cjs' = 'mjs') {
  const load =
    extension === 'mjs'
      ? `const { createOpenTelemetrySink } = await import('./open-telemetry-sink.mjs')`
      : `const { createOpenTelemetrySink } = require('./open-telemetry-sink.cjs')`
  const source = `${load}
    const sink = createOpenTelemetrySink({ ...${JSON.stringify(options)}, onFault() {} })
    const event = ${JSON.stringify(createEvent())}
    ${program}`
  const file = new URL(`program-${crypto.randomUUID()}.${extension}`, folder)
  await writeFile(file, source)
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(file)], { timeout: 20_000 })
  return { output: stdout + stderr }
}

describe.each(PROTOCOLS)('a process with the sink, over %s', (protocol) => {
  it.each(['mjs', 'cjs'] as const)('exports from the %s build', async (extension) => {
    const receiver = await startReceiverOf(protocol)
    const program = 'sink.write([event]).then(() => sink.shutdown())'
    await runProgram(program, createOptions({ endpoint: receiver.url, protocol }), extension)
    await receiver.stop()
    expect(readPoints(receiver.received, 'token_usage_total').map(({ value }) => value)).toEqual([100, 50])
  })

  it('ends by itself at once when it does not shut the sink down', async () => {
    const receiver = await startReceiverOf(protocol)
    const { output } = await runProgram(
      `await sink.write([event])
      const started = performance.now()
      process.on('exit', () => console.log(performance.now() - started))`,
      createOptions({ endpoint: receiver.url, protocol }),
    )
    await receiver.stop()
    expect(Number(output)).toBeLessThan(3_000)
  })

  it.each([
    { held: 'one series', series: 1, shutdownTimeoutMs: 2_000, exportIntervalMs: 1_000, startAfter: 600 },
    // Four messages of metrics; the one under way and its successor take up all the time there is.
    { held: 'several messages', series: 1_500, shutdownTimeoutMs: 4_000, exportIntervalMs: 2_000, startAfter: 2_500 },
  ])('ends within a second of the shutdown timeout when the collector never answers: $held', async (row) => {
    const receiver = await startReceiverOf(protocol, { delayMs: Infinity })
    const program = `
      const toEvent = (_, i) => ({ ...event, id: String(i), model: 'model-' + (i % 400), endpoint: '/v' + (i % 7) })
      await sink.write(Array.from({ length: ${row.series} }, toEvent))
      setTimeout(async () => {
        const started = performance.now()
        process.on('exit', () => console.log(performance.now() - started))
        await sink.shutdown()
      }, ${row.startAfter})`
    const { shutdownTimeoutMs, exportIntervalMs } = row
    const options = createOptions({ endpoint: receiver.url, protocol, shutdownTimeoutMs, exportIntervalMs })
    const { output } = await runProgram(program, options)
    await receiver.stop()
    expect(Number(output)).toBeLessThan(shutdownTimeoutMs + 1_000)
  })

  it('says nothing and does not fail when there is no collector', async () => {
    const program = 'await sink.write([event]); await sink.flush(); await sink.shutdown(); await sink.shutdown()'
    const { output } = await runProgram(program, createOptions({ endpoint: 'http://127.0.0.1:1', protocol }))
    expect(output).toBe('')
  })
})
