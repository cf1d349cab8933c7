import type { Server } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Recorded provider responses and the tools that replay them. They stand beside a checkout, or not at all. */
const shared = path.resolve(import.meta.dirname, '../../../shared')

export const corpusFolder = path.join(shared, 'corpus')
export const hasCorpus = existsSync(path.join(corpusFolder, 'index.ndjson')) && existsSync(path.join(shared, 'tools'))

export interface RecordedCase {
  readonly id: string
  readonly status: number
  readonly bytes: number
  readonly input: number | null
  readonly output: number | null
  readonly total: number | null
}

interface ReplayTools {
  createReplayServer(options?: { corpus?: string }): Server
  pieces(body: Buffer, split: string, chunks: number[] | null): Buffer[]
}

export function loadReplayTools(): Promise<ReplayTools> {
  return import(path.join(shared, 'tools/replay-server.mjs')) as Promise<ReplayTools>
}

export interface Collector {
  readonly url: string
  readonly received: readonly { path: string; body: unknown }[]
  stop(): Promise<void>
}

export function loadCollector(): Promise<{ startCollector(options?: { port?: number }): Promise<Collector> }> {
  return import(path.join(shared, 'tools/collector.mjs')) as never
}

/** The cases whose id matches. */
export function readCases(pattern: RegExp): RecordedCase[] {
  const lines = readFileSync(path.join(corpusFolder, 'index.ndjson'), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RecordedCase).filter(({ id }) => pattern.test(id))
}

export function readJson(id: string, file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(corpusFolder, id, file), 'utf8')) as Record<string, unknown>
}

/**
 * Where we read more than the recordings' expectations, which hold that only a usage object counts: watsonx counts on each
 * result.
 */
export const READ_BEYOND: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  'watsonx-generation/openllmetry-test_generate-6-68baa0': { input: 7, output: 2 },
  'watsonx-generation-stream/openllmetry-test_generate_text_stream-6-ec17d0': { input: 8, output: 11 },
  'watsonx-generation-stream/openllmetry-test_generate_stream_metrics-6-4543cf': { input: 8, output: 11 },
}
