import type { Scanner, ScannerOptions } from '../../src/stream/scanners/scanner.ts'

export interface Collected {
  readonly messages: [text: string, name: string][]
  readonly oversize: string[]
  malformed: number
}

/** Feeds a scanner and gathers what it hands on. */
export function collect(
  createScanner: (options: ScannerOptions) => Scanner,
  chunks: readonly (string | Uint8Array)[],
  maxMessageBytes?: number,
): Collected {
  const collected: Collected = { messages: [], oversize: [], malformed: 0 }
  const scanner = createScanner({
    onMessage: (text, name) => collected.messages.push([text, name]),
    onOversize: (tail) => collected.oversize.push(tail),
    onMalformed: () => collected.malformed++,
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
  })
  for (const chunk of chunks) scanner.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  scanner.end()
  return collected
}

/** Cuts bytes into pieces of one size. */
export function cut(body: string | Uint8Array, size: number): Uint8Array[] {
  const bytes = Buffer.from(body)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}
