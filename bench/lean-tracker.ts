// The least that makes the same line: the library's own capture, both bodies parsed, the fields of an event in one
// literal, and lines appended in batches. It reads one format, knows one price, and has no queue, spool, redaction or
// faults: what the library costs beyond it is what those cost.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import type { CapturedBody, CapturedExchange } from '../src/capture/exchange.ts'

const PROMPT_PRICE = 2.5e-6
const COMPLETION_PRICE = 1e-5
const BATCH_MS = 100

export interface LeanTracker {
  onEnd(exchange: CapturedExchange): void
  flush(): Promise<void>
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

export function createLeanTracker(logFile: string): LeanTracker {
  const file = createWriteStream(logFile, { flags: 'a' })
  let lines = ''
  let timer: NodeJS.Timeout | null = null

  function writeOut(): void {
    timer = null
    file.write(lines)
    lines = ''
  }

  return {
    onEnd(exchange) {
      const request = readRequest(exchange) as { model: string; user?: string; stream?: boolean }
      const answer = readAnswer(exchange.response.body) as { model: string; usage: Usage }
      lines += `${JSON.stringify(toEvent(exchange, request, answer))}\n`
      timer ??= setTimeout(writeOut, BATCH_MS)
    },
    async flush() {
      if (timer) clearTimeout(timer)
      await new Promise((resolve) => file.write(lines, resolve))
      lines = ''
      timer = null
    },
  }
}

function readRequest({ request }: CapturedExchange): unknown {
  return request.parsedBody ?? JSON.parse(request.body?.head.join().toString() ?? '{}')
}

/** The whole of a JSON body; of a stream, the last message, which has the usage. */
function readAnswer(body: CapturedBody | null): unknown {
  const bytes = body?.head.join() ?? Buffer.alloc(0)
  if (bytes[0] === 0x7b) return JSON.parse(bytes.toString())
  const end = bytes.lastIndexOf('\n\ndata: [DONE]')
  const start = bytes.lastIndexOf('data: ', end)
  return JSON.parse(bytes.toString('utf8', start + 6, end))
}

function toEvent(
  { id, startedAt, durationMs, firstByteMs, path, response, outcome }: CapturedExchange,
  request: { model: string; user?: string; stream?: boolean },
  { model, usage }: { model: string; usage: Usage },
) {
  const promptCost = usage.prompt_tokens * PROMPT_PRICE
  const completionCost = usage.completion_tokens * COMPLETION_PRICE
  return {
    id,
    timestamp: Math.floor(startedAt / 1000),
    model,
    prompt_tokens: usage.prompt_tokens,
    completion_tokens: usage.completion_tokens,
    total_tokens: usage.prompt_tokens + usage.completion_tokens,
    user_id: request.user ?? null,
    client_id: null,
    session_id: null,
    provider: 'openai',
    model_version: null,
    deployment_id: null,
    token_source: 'api',
    prompt_cost: promptCost,
    completion_cost: completionCost,
    total_cost: promptCost + completionCost,
    currency: 'USD',
    endpoint: path,
    request_id: randomUUID(),
    parent_request_id: null,
    conversation_id: null,
    duration_ms: Math.round(durationMs * 1000) / 1000,
    time_to_first_token_ms: request.stream && firstByteMs !== null ? Math.round(firstByteMs * 1000) / 1000 : null,
    tokens_per_second: Math.round((usage.completion_tokens / durationMs) * 1e6) / 1000,
    prompt_sample: null,
    completion_sample: null,
    temperature: null,
    max_tokens: null,
    top_p: null,
    frequency_penalty: null,
    presence_penalty: null,
    streaming: request.stream === true,
    status: outcome === 'complete' ? 'success' : 'aborted',
    error_code: null,
    error_message: null,
    metadata: {},
    tags: [],
    created_at: new Date(startedAt + durationMs).toISOString(),
    updated_at: null,
    request_model: request.model,
    operation: 'chat',
    prompt_token_source: 'api',
    completion_token_source: 'api',
    cached_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    audio_prompt_tokens: null,
    audio_completion_tokens: null,
    image_tokens: null,
    usage_details: null,
    provider_cost: null,
    priced_by: 'lean:openai/gpt-4o',
    other_models: [],
    service_tier: null,
    inference_region: null,
    http_status: response.status,
    truncated: false,
    trace_id: null,
    span_id: null,
    credits: null,
    credit_allowance: null,
    schema_version: 1,
  }
}
