import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { webMetricsHandler } from '../../src/adapters/metrics.ts'
import { readArray, readObject, readString } from '../../src/core/json.ts'
import { startOtlpReceiver } from '../setup/otlp-receiver.ts'
import { generateReadmePart } from '../setup/readme-part.ts'
import { createTestTracker } from '../setup/tracker.ts'
import { readPoints, type Point } from '../sinks/otel-fixtures.ts'

const spool = mkdtempSync(path.join(tmpdir(), 'token-tracker-metrics-'))
/** What is really exported by a tracker with everything on, over OTLP and to a scrape. */
let points: Point[]
let descriptions: ReadonlyMap<unknown, unknown>
let scraped: readonly string[]
let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  const { tracker } = createTestTracker({
    OTEL_ENDPOINT: receiver.url,
    CLIENT_ID: 'tenant',
    SPOOL_DIR: spool,
    PRICING_JSON: JSON.stringify({ openai: { 'gpt-4': { prompt: 0.03, completion: 0.06 } } }),
    PRICING_DATASET: 'off',
  })
  const scrape = webMetricsHandler({ tracker })
  const base = { provider: 'openai', endpoint: '/v1/chat/completions', durationMs: 1_500, httpStatus: 200 }
  const stream = { streaming: true, timeToFirstTokenMs: 300 }
  tracker.logger.logTokenUsage({ ...base, ...stream, model: 'gpt-4', promptTokens: 1, completionTokens: 2 })
  tracker.logger.logTokenUsage({ ...base, model: 'mine', promptText: 'Count me', completionTokens: 2 })
  await tracker.flush()
  const text = await (await scrape()).text()
  scraped = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  await tracker.shutdown()
  points = readPoints(receiver.received)
  const metrics = receiver.received
    .flatMap(({ body }) => readArray(readObject(body)['resourceMetrics']))
    .flatMap((resource) => readArray(readObject(resource)['scopeMetrics']))
    .flatMap((scope) => readArray(readObject(scope)['metrics']))
  descriptions = new Map(metrics.map(readObject).map(({ name, description }) => [name, description]))
})
afterAll(async () => {
  await receiver.stop()
  rmSync(spool, { recursive: true, force: true })
})

function toRow(metric: string): string {
  const own = points.filter((point) => point.metric === metric)
  const labels = [...new Set(own.flatMap(({ attributes }) => Object.keys(attributes)))].map((name) => `\`${name}\``)
  const unit = readString(own[0]?.unit) || null
  const kind = own[0]?.kind ?? ''
  const what = `${readString(descriptions.get(metric))}${unit === null ? '' : ` (${unit.replaceAll(/[{}]/g, '')})`}`
  return `| \`${metric}\` | ${toPrometheusName(metric)} | ${kind} | ${labels.join(', ')} | ${what} |`
}

function toPrometheusName(metric: string): string {
  const stem = metric.replace(/_total$/, '')
  const name = scraped.find((candidate) => candidate.replace(/_(milliseconds|tokens|USD)?(_?total)?$/, '') === stem)
  return name === undefined ? 'MISSING' : name === metric ? 'the same' : `\`${name}\``
}

it('the README lists every metric with its labels, as they are exported and scraped (mend with `npm run docs`)', () => {
  const rows = [...new Set(points.map(({ metric }) => metric))].map(toRow)
  const head = ['| OTLP | In Prometheus | Kind | Labels | What it is |', '| --- | --- | --- | --- | --- |']
  const { readme, updated } = generateReadmePart('metrics', [...head, ...rows].join('\n'))
  expect(updated).not.toContain('MISSING')
  expect(readme).toBe(updated)
})
