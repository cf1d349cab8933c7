import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { metricsHandler } from '../../src/adapters/metrics.ts'
import { readArray, readObject, readString } from '../../src/core/json.ts'
import { hasPrometheus, startPrometheus, type Prometheus, type Series } from '../setup/prometheus.ts'
import { createTestTracker } from '../setup/tracker.ts'

const root = path.resolve(import.meta.dirname, '../..')
const rules = path.join(root, 'deploy/prometheus/token-tracker-alerts.yml')
const dashboard = readObject(JSON.parse(readFileSync(path.join(root, 'deploy/grafana/token-tracker.json'), 'utf8')))

/** Every query of the dashboard with its variables filled in as Grafana does for "All". */
function readPanelQueries(): [title: string, query: string][] {
  return readArray(dashboard['panels']).flatMap((item) => {
    const panel = readObject(item)
    return readArray(panel['targets']).map((target): [string, string] => {
      const expression = readString(readObject(target)['expr']) ?? ''
      return [`${readString(panel['title'])}: ${expression}`, fillIn(expression)]
    })
  })
}

function fillIn(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '5m')
    .replaceAll(/\$(provider|model)\b/g, '.*')
}

/** Every alert's expression; the file is plain enough to be read without a parser of YAML. */
function readAlertQueries(): [name: string, query: string][] {
  const blocks = readFileSync(rules, 'utf8').split('- alert: ').slice(1)
  return blocks.map((block) => {
    const expression = /expr: (?:>-\n)?([\s\S]*?)\n {8}(?=for|labels)/.exec(block)?.[1] ?? ''
    return [block.split('\n', 1)[0] ?? '', expression.replaceAll(/\s+/g, ' ').trim()]
  })
}

const ABSENT = ' (SKIPPED: the binary `prometheus` is not installed)'

/** A group by a label that no series has would draw one line for all. */
function findUnknownLabels(query: string, series: readonly Series[]): string[] {
  const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/,\s*/))
  return grouped.filter((label) => label !== 'le' && !series.some(({ labels }) => label in labels))
}

describe('the dashboard', () => {
  it('asks for a data source, providers and models', () => {
    const variables = readArray(readObject(dashboard['templating'])['list']).map((item) => readObject(item)['name'])
    expect(variables).toEqual(['datasource', 'provider', 'model'])
  })

  it('has no query that is restricted to one installation', () => {
    for (const [title, query] of readPanelQueries()) expect(query, title).not.toMatch(/job=|instance=|\$/)
  })
})

describe.skipIf(!hasPrometheus)(`a real Prometheus that scrapes a server${hasPrometheus ? '' : ABSENT}`, () => {
  let prometheus: Prometheus
  let server: Server
  let lost = 0
  const { tracker } = createTestTracker({
    // Dear enough for the alert.
    PRICING_JSON: JSON.stringify({ openai: { 'gpt-4': { prompt: 900, completion: 900 } } }),
    PRICING_DATASET: 'off',
    CLIENT_ID: 'tenant',
  })
  tracker.addSink({
    name: 'leaky',
    write: (events) => void (lost += events.length),
    get dropped() {
      return lost
    },
  })

  beforeAll(async () => {
    server = createServer(metricsHandler({ tracker })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`, rules)
  })
  afterAll(async () => {
    await prometheus?.stop()
    server.close()
    await tracker.shutdown()
  })

  /** One call of each kind: priced and streamed, without a price, failed. */
  async function logRound(): Promise<void> {
    const base = { provider: 'openai', promptTokens: 100, completionTokens: 50, durationMs: 1_500, httpStatus: 200 }
    tracker.logger.logTokenUsage({ ...base, model: 'gpt-4', streaming: true, timeToFirstTokenMs: 300 })
    tracker.logger.logTokenUsage({ ...base, model: 'model-of-our-own' })
    tracker.logger.logTokenUsage({
      model: 'gpt-4',
      provider: 'openai',
      status: 'error',
      httpStatus: 429,
      durationMs: 9,
    })
    await tracker.flush()
  }

  /** Asks while calls go on, for rates need two scrapes; answers what is still without data after a minute and a half. */
  async function findUnanswered(queries: readonly (readonly [string, string])[]): Promise<string[]> {
    const deadline = performance.now() + 90_000
    let open = queries
    while (open.length > 0 && performance.now() < deadline) {
      await logRound()
      await sleep(500)
      const answers = await Promise.all(open.map(async ([, query]) => isAnswered(query)))
      open = open.filter((_, index) => !answers[index])
    }
    return open.map(([name]) => name)
  }

  async function isAnswered(query: string): Promise<boolean> {
    const series = await prometheus.query(query)
    return series.some(({ value }) => Number.isFinite(value)) && findUnknownLabels(query, series).length === 0
  }

  it('answers every query of the dashboard with data', async () => {
    const queries = readPanelQueries()
    expect(queries.length).toBeGreaterThan(15)
    expect(await findUnanswered(queries)).toEqual([])
  })

  it('finds providers and models for the variables', async () => {
    const series = await prometheus.query('count by (provider, model) (token_requests_total)')
    expect(series.map(({ labels }) => String(labels['model'])).toSorted()).toEqual(['gpt-4', 'model-of-our-own'])
  })

  it('can evaluate every alert, and fires each when there is reason to', async () => {
    const alerts = readAlertQueries()
    expect(alerts.map(([name]) => name)).toEqual([
      'TokenTrackerErrorRate',
      'TokenTrackerUnpricedCalls',
      'TokenTrackerCostPerHour',
      'TokenTrackerEventsDropped',
    ])
    expect(await findUnanswered(alerts)).toEqual([])
    expect(await prometheus.readRules()).toEqual(Object.fromEntries(alerts.map(([name]) => [name, 'ok'])))
  })
})
