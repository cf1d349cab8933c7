import type { CapturedBody, CompletedExchange } from '../capture/exchange.ts'
import type { UsageEvent } from '../core/event.ts'
import type { ExchangeDraft } from './exchange-draft.ts'

/** An event without its free texts: some sixty fields. */
const BASE_BYTES = 2_048

/** Memory an event takes, roughly: strings count two bytes a character. */
export function estimateEventBytes(event: Readonly<UsageEvent>): number {
  const texts = [event.prompt_sample, event.completion_sample, event.error_message]
  const textLength = texts.reduce((length, text) => length + (text?.length ?? 0), 0)
  return BASE_BYTES + 2 * textLength + 64 * (Object.keys(event.metadata).length + event.tags.length)
}

/** Memory an exchange takes while it waits to be read. */
export function estimateExchangeBytes({ request, response }: CompletedExchange): number {
  const parsed = request.parsedBody === null ? 0 : Number(request.headers['content-length'] ?? BASE_BYTES)
  return BASE_BYTES + bodyBytes(request.body) + bodyBytes(response.body) + (Number.isFinite(parsed) ? parsed : 0)
}

export function estimateDraftBytes({ prompt, completion }: ExchangeDraft): number {
  const promptLength = (prompt?.messages ?? []).reduce((length, message) => length + message.text.length, 0)
  return BASE_BYTES + 2 * (promptLength + (completion?.text.length ?? 0))
}

function bodyBytes(body: CapturedBody | null): number {
  return body ? body.head.length + body.tail.length : 0
}
