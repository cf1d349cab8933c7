import type { ResponseHead } from './exchange.ts'

/** Bedrock's InvokeModel counts in its headers, for some models only there. It never sends the others without the first. */
const FIRST_COUNT_HEADER = 'x-amzn-bedrock-input-token-count'
const OTHER_COUNT_HEADERS = [
  'x-amzn-bedrock-output-token-count',
  'x-amzn-bedrock-cache-read-input-token-count',
  'x-amzn-bedrock-cache-write-input-token-count',
] as const

/** Looked up on every response, so they are few: what counts, and what changes the price. */
const TELLING_HEADERS = [FIRST_COUNT_HEADER, 'x-amzn-bedrock-service-tier', 'x-gemini-service-tier'] as const

const NO_HEADERS: ResponseHead['headers'] = Object.freeze({})

/** Of the headers of a response those that tell counts or the tier. */
export function readTellingHeaders(read: (name: string) => string | null): ResponseHead['headers'] {
  let headers: Record<string, string> | null = null
  const keep = (name: string) => {
    const value = read(name)
    if (value !== null) (headers ??= {})[name] = value
    return value !== null
  }
  for (const name of TELLING_HEADERS) if (keep(name) && name === FIRST_COUNT_HEADER) OTHER_COUNT_HEADERS.forEach(keep)
  return headers ?? NO_HEADERS
}
