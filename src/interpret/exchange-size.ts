import type { CapturedBody, CapturedExchange } from '../capture/exchange.ts'
import { estimateValueBytes } from '../core/value-size.ts'
import type { InterpretedExchange } from './interpreted-exchange.ts'
import { MAX_COMPLETION_LENGTH } from './response-digest.ts'

/** A record without its bodies and texts: some sixty fields. */
const BASE_BYTES = 2_048

/** Memory an exchange takes while it waits to be read. */
export function estimateExchangeBytes({ request, response }: CapturedExchange): number {
  return BASE_BYTES + parsedBytes(request) + bodyBytes(request.body) + bodyBytes(response.body)
}

export function estimateInterpretedBytes({ prompt, completion }: InterpretedExchange): number {
  const promptLength = (prompt?.messages ?? []).reduce((length, message) => length + message.text.length, 0)
  return BASE_BYTES + 2 * (promptLength + (completion?.text.length ?? 0))
}

function parsedBytes({ parsedBody, headers }: CapturedExchange['request']): number {
  if (parsedBody === null) return 0
  const told = Number(headers['content-length'] ?? Number.NaN)
  return Number.isFinite(told) && headers['content-encoding'] === undefined ? told : estimateValueBytes(parsedBody)
}

/** A digest keeps a part of what went through it: the texts of the answer. */
function bodyBytes(body: CapturedBody | null): number {
  if (!body) return 0
  return body.head.heldBytes + body.tail.length + (body.digest ? Math.min(body.size, 2 * MAX_COMPLETION_LENGTH) : 0)
}
