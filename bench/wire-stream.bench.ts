// npx vitest bench --run bench/wire-stream
// What reading one OpenAI stream costs for each of its events, as the median of many streams.
import { bench } from 'vitest'

import { createStreamDigest } from '../src/interpret/bodies/response-digest.ts'

const ROUNDS = 200
const BATCH_BYTES = 64 * 1024

function createEvent(delta: object, usage: object | null): string {
  const chunk = {
    id: 'chatcmpl-8f2Kd0Qm3vXyTn5RbLwZsA7Hc',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'gpt-5.6-mini-2026-08-01',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    choices: usage ? [] : [{ index: 0, delta, logprobs: null, finish_reason: null }],
    usage,
    obfuscation: 'a1B2c3D4e5',
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

function createStream(events: number, withUsage: boolean): Buffer {
  const lines = Array.from({ length: events }, (_, index) => createEvent({ content: ` word${index}` }, null))
  const usage = { prompt_tokens: 900, completion_tokens: events, total_tokens: 900 + events }
  if (withUsage) lines.push(createEvent({}, usage))
  return Buffer.from(`${lines.join('')}data: [DONE]\n\n`)
}

function measure(label: string, events: number, withUsage: boolean): void {
  const body = createStream(events, withUsage)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    const digest = createStreamDigest('sse', '/v1/chat/completions')
    for (let at = 0; at < body.length; at += BATCH_BYTES) digest.push(body.subarray(at, at + BATCH_BYTES))
    digest.finish({ complete: true, wantText: false })
    times.push(((performance.now() - start) * 1e6) / events)
  }
  times.sort((a, b) => a - b)
  const median = times[ROUNDS / 2] ?? 0
  console.log(`${label}: ${median.toFixed(0)} ns per event (${(body.length / events).toFixed(0)} bytes each)`)
}

const once = { iterations: 1, time: 0, warmupIterations: 1, warmupTime: 0, throws: true }

bench('150 events with usage', () => measure('150 events with usage', 150, true), once)
bench('150 events without usage', () => measure('150 events without usage', 150, false), once)
bench('3,000 events with usage', () => measure('3,000 events with usage', 3000, true), once)
bench('3,000 events without usage', () => measure('3,000 events without usage', 3000, false), once)
bench('6,000 events without usage', () => measure('6,000 events without usage', 6000, false), once)
