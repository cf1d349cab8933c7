import { randomUUID } from 'node:crypto'
import { withDeadline } from '../core/deadline.ts'
import { TokenTrackerError, toErrorMessage } from '../core/errors.ts'
import { EVENT_SCHEMA_VERSION, type SanitisedEvent, type UsageEvent } from '../core/records/event.ts'
import type { Sink } from '../delivery/sink.ts'

export interface SinkUnderTest<Entry = SanitisedEvent> {
  readonly sink: Sink<Entry>
  /** Ids of all events that arrived, duplicates included, where the destination can be asked. */
  readIds?(): Promise<readonly string[]> | readonly string[]
}

export interface VerifySinkOptions {
  /** Longest time in milliseconds that one call may take. Default 5,000. */
  readonly timeoutMs?: number
}

/**
 * Checks a sink of your own against the contract of `Sink`; use it in your tests.
 * @param create makes a fresh sink with an empty destination
 * @throws TokenTrackerError `TT_ERR_SINK` that names the first rule which does not hold
 */
export async function verifySink<Entry = SanitisedEvent>(
  create: () => SinkUnderTest<Entry> | Promise<SinkUnderTest<Entry>>,
  { timeoutMs = 5_000 }: VerifySinkOptions = {},
): Promise<void> {
  const { sink, readIds } = await create()
  const first = createSampleEvents(3)
  const second = createSampleEvents(200)
  // Without `encode` a sink takes events.
  const encode = (events: readonly SanitisedEvent[]) =>
    events.map((event) => sink.encode?.(event) ?? event) as readonly Entry[]
  const call = (rule: string, action: () => unknown) => within(rule, timeoutMs, action)

  if (typeof sink.name !== 'string' || sink.name === '') fail('has a name that is a text', JSON.stringify(sink.name))
  const before = JSON.stringify(first)
  await call('takes a batch', () => sink.write(encode(first)))
  if (JSON.stringify(first) !== before) fail('leaves the events as they are', 'changed events')
  await call('takes a batch that it has seen, as after a failure', () => sink.write(encode(first)))
  await call('takes a large batch', () => sink.write(encode(second)))
  await call('takes a batch before it returns', () => sink.writeSync?.(encode(first)))
  await call('flushes', () => sink.flush?.())
  await call('shuts down', () => sink.shutdown?.())
  if (readIds) checkArrival(await readIds(), [...first, ...second])
}

function checkArrival(arrived: readonly string[], sent: readonly SanitisedEvent[]): void {
  const known = new Set(arrived)
  const missing = sent.filter(({ id }) => !known.has(id))
  if (missing.length > 0)
    fail('delivers what it took, at the latest when it is shut down', `${missing.length} missing events`)
}

async function within(rule: string, timeoutMs: number, action: () => unknown): Promise<void> {
  try {
    const result = await withDeadline(Promise.resolve(action()), timeoutMs)
    if (!result.inTime) fail(rule, `no answer after ${timeoutMs} ms`)
  } catch (error) {
    if (error instanceof TokenTrackerError) throw error
    fail(rule, toErrorMessage(error))
  }
}

function fail(rule: string, got: string): never {
  throw new TokenTrackerError('TT_ERR_SINK', `expected a sink that ${rule}, got ${got}`)
}

/** Events with every field filled in, or `null` where nothing is known: what a sink must be able to take. */
export function createSampleEvents(count: number): SanitisedEvent[] {
  return Array.from({ length: count }, (_, index) => toSampleEvent(index) as SanitisedEvent)
}

function toSampleEvent(index: number): UsageEvent {
  const isKnown = index % 2 === 0
  const known = <Value>(value: Value) => (isKnown ? value : null)
  return {
    id: randomUUID(),
    timestamp: 1_767_225_600 + index,
    model: known('gpt-4o'),
    prompt_tokens: known(100 + index),
    completion_tokens: known(50),
    total_tokens: known(150 + index),
    user_id: known('user "1", ünïcödé 😀'),
    client_id: known('client'),
    session_id: known('session'),
    provider: known('openai'),
    model_version: known('2024-08-06'),
    deployment_id: known('deployment'),
    token_source: known('api'),
    prompt_cost: known(0.00025),
    completion_cost: known(0.0005),
    total_cost: known(0.00075),
    currency: 'USD',
    endpoint: known('/v1/chat/completions'),
    request_id: randomUUID(),
    parent_request_id: known('parent'),
    conversation_id: known('conversation'),
    duration_ms: known(1_234.567),
    time_to_first_token_ms: known(98.7),
    tokens_per_second: known(40.5),
    prompt_sample: known('line one\nline two'),
    completion_sample: known('\u2028 separators'),
    temperature: known(0.7),
    max_tokens: known(1_000),
    top_p: known(1),
    frequency_penalty: known(0),
    presence_penalty: known(0),
    streaming: isKnown,
    status: isKnown ? 'success' : 'error',
    error_code: isKnown ? null : 'rate_limit_exceeded',
    error_message: isKnown ? null : 'Slow down',
    metadata: isKnown ? { nested: { list: [1, 'two', null] } } : {},
    tags: isKnown ? ['one', 'two'] : [],
    created_at: new Date(1_767_225_600_000 + index).toISOString(),
    updated_at: null,
    request_model: known('gpt-4o'),
    operation: known('chat'),
    prompt_token_source: known('api'),
    completion_token_source: known('api'),
    cached_tokens: known(10),
    cache_write_tokens: known(0),
    reasoning_tokens: known(0),
    audio_prompt_tokens: known(0),
    audio_completion_tokens: known(0),
    image_tokens: known(0),
    usage_details: known({ tools: { web_search: 1 } }),
    provider_cost: known(0.0007),
    priced_by: known('file:openai/gpt-4o'),
    other_models: [],
    service_tier: known('default'),
    inference_region: known('us'),
    http_status: isKnown ? 200 : 429,
    truncated: false,
    trace_id: known('4bf92f3577b34da6a3ce929d0e0e4736'),
    span_id: known('00f067aa0ba902b7'),
    credits: null,
    credit_allowance: null,
    schema_version: EVENT_SCHEMA_VERSION,
  }
}
