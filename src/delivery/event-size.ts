import type { CapturedBody, CapturedExchange } from '../capture/exchange.ts'
import type { UsageEvent } from '../core/event.ts'
import type { ExchangeDraft } from '../interpret/exchange-draft.ts'
import { MAX_COMPLETION_LENGTH } from '../interpret/response-digest.ts'

/** An event without its texts: some sixty fields. */
const BASE_BYTES = 2_048
/** What a value in an object or an array takes beside its text. */
const VALUE_BYTES = 64
/** Values that are looked at to tell the size of a parsed body; one with more counts as many times its text. */
const MAX_VALUES = 5_000
const MANY_VALUES_BYTES = 16 * 1024 * 1024

/** Memory an event takes, roughly: strings count two bytes a character. Its metadata is bounded by now. */
export function estimateEventBytes(event: Readonly<UsageEvent>): number {
  let bytes = BASE_BYTES
  for (const key in event) {
    const value: unknown = event[key as keyof UsageEvent]
    if (typeof value === 'string') bytes += 2 * value.length
  }
  return bytes + measureValue(event.metadata) + measureValue(event.tags)
}

/** Memory an exchange takes while it waits to be read. */
export function estimateExchangeBytes({ request, response }: CapturedExchange): number {
  return BASE_BYTES + parsedBytes(request) + bodyBytes(request.body) + bodyBytes(response.body)
}

export function estimateDraftBytes({ prompt, completion }: ExchangeDraft): number {
  const promptLength = (prompt?.messages ?? []).reduce((length, message) => length + message.text.length, 0)
  return BASE_BYTES + 2 * (promptLength + (completion?.text.length ?? 0))
}

function parsedBytes({ parsedBody, headers }: CapturedExchange['request']): number {
  if (parsedBody === null) return 0
  const told = Number(headers['content-length'] ?? Number.NaN)
  return Number.isFinite(told) && headers['content-encoding'] === undefined ? told : measureValue(parsedBody)
}

/** A digest keeps a part of what went through it: the texts of the answer. */
function bodyBytes(body: CapturedBody | null): number {
  if (!body) return 0
  return body.head.heldBytes + body.tail.length + (body.digest ? Math.min(body.size, 2 * MAX_COMPLETION_LENGTH) : 0)
}

function measureValue(value: unknown): number {
  const waiting: unknown[] = [value]
  let bytes = 0
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen >= MAX_VALUES) return MANY_VALUES_BYTES
    const current = waiting.pop()
    bytes += VALUE_BYTES
    if (typeof current === 'string') bytes += 2 * current.length
    else if (current instanceof Uint8Array) bytes += current.length
    else if (typeof current === 'object' && current !== null)
      waiting.push(...Object.values(current).slice(0, MAX_VALUES))
  }
  return bytes
}
