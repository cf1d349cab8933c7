import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHead } from '../exchange.ts'
import { readTellingHeaders } from '../telling-headers.ts'

/** The head as seen at our layer; of its headers those that tell counts or the tier. `given` is what `writeHead` was called with: Node writes it without storing it. Else the headers as set before. */
export function readResponseHead(response: ServerResponse, given: unknown): ResponseHead {
  return {
    contentType: readHeader(response, given, 'content-type'),
    contentEncoding: readHeader(response, given, 'content-encoding'),
    headers: readTellingHeaders((name) => readHeader(response, given, name)),
  }
}

/** Node drops what is written to a response of another status without a word. */
export function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
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
