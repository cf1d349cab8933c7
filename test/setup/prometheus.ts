import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { readArray, readObject, readString } from '../../src/core/json.ts'

/** Whether the binary is there (Debian: `apt-get install prometheus`). */
export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0

export interface Series {
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}

export interface Prometheus {
  /** The answer to an instant query. Rejects with what Prometheus says of one that it cannot read. */
  query(expression: string): Promise<Series[]>
  /** Health of each rule, by name. */
  readRules(): Promise<Readonly<Record<string, unknown>>>
  stop(): Promise<void>
}

/** A real Prometheus that scrapes `target` (host:port) every half second. */
export async function startPrometheus(target: string, rules: string): Promise<Prometheus> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'token-tracker-prometheus-'))
  const config = {
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'llm', static_configs: [{ targets: [target] }] }],
  }
  // JSON is YAML.
  writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config))
  const port = await findPort()
  const options = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ]
  const child = spawn('prometheus', options, { stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `http://127.0.0.1:${port}`
  await waitUntilReady(url)

  async function ask(where: string): Promise<Record<string, unknown>> {
    const answer = readObject(await (await fetch(`${url}/api/v1/${where}`)).json())
    if (answer['status'] !== 'success') throw new Error(`${where}: ${readString(answer['error'])}`)
    return readObject(answer['data'])
  }

  return {
    async query(expression) {
      const data = await ask(`query?query=${encodeURIComponent(expression)}`)
      return readArray(data['result']).map((item) => {
        const { metric, value } = readObject(item)
        return { labels: readObject(metric), value: Number(readArray(value)[1]) }
      })
    },
    async readRules() {
      const groups = readArray((await ask('rules'))['groups']).flatMap((group) => readArray(readObject(group)['rules']))
      return Object.fromEntries(
        groups.map((rule) => [readString(readObject(rule)['name']) ?? '', readObject(rule)['health']]),
      )
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

async function waitUntilReady(url: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await sleep(50)
  }
  throw new Error(`expected Prometheus to be ready at ${url} within a minute`)
}
