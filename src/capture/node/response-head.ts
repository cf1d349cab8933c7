import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHead } from '../exchange.ts'

/** Bedrock's InvokeModel counts in its headers, for some models only there. */
const COUNT_HEADERS = [
  'x-amzn-bedrock-input-token-count',
  'x-amzn-bedrock-output-token-count',
  'x-amzn-bedrock-cache-read-input-token-count',
  'x-amzn-bedrock-cache-write-input-token-count',
] as const

const NO_HEADERS: ResponseHead['headers'] = Object.freeze({})

/** The head as seen at our layer; of its headers those of `COUNT_HEADERS`. `given` is what `writeHead` was called with: Node writes it without storing it. Else the headers as set before. */
export function readResponseHead(response: ServerResponse, given: unknown): ResponseHead {
  return {
    contentType: readHeader(response, given, 'content-type'),
    contentEncoding: readHeader(response, given, 'content-encoding'),
    headers: readCountHeaders(response, given),
  }
}

/** Node drops what is written to a response of another status without a word. */
export function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

/** Bedrock never sends the others without the first, and each look-up is paid by every response. */
function readCountHeaders(response: ServerResponse, given: unknown): Readonly<Record<string, string>> {
  if (readHeader(response, given, COUNT_HEADERS[0]) === null) return NO_HEADERS
  const headers: Record<string, string> = {}
  for (const name of COUNT_HEADERS) {
    const value = readHeader(response, given, name)
    if (value !== null) headers[name] = value
  }
  return headers
}

function readHeader(response: ServerResponse, given: unknown, name: string): string | null {
  const value = findHeader(given, name) ?? response.getHeader(name)
  if (Array.isArray(value)) return value.join(', ')
  return value === undefined || value === null ? null : String(value)
}

/** `writeHead` takes an object, a flat array or pairs. */
function findHeader(given: unknown, name: string): OutgoingHttpHeader | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  if (Array.isArray(given)) {
    const pairs: Pair[] = Array.isArray(given[0]) ? given : toPairs(given)
    return pairs.findLast((pair) => String(pair[0]).toLowerCase() === name)?.[1]
  }
  for (const key in given as OutgoingHttpHeaders) {
    if (key.length === name.length && key.toLowerCase() === name) return (given as OutgoingHttpHeaders)[key]
  }
  return undefined
}

/** Names may be of any type: what is not a string is Node's to refuse. */
type Pair = [unknown, OutgoingHttpHeader]

function toPairs(flat: readonly OutgoingHttpHeader[]): Pair[] {
  const pairs: Pair[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index], flat[index + 1] ?? ''])
  return pairs
}
