import { detectBodyKind } from '../../src/stream/body-kind.ts'
import { readResponseBody } from '../../src/interpret/bodies/read-response.ts'
import type { DigestResult } from '../../src/interpret/bodies/message-reading.ts'

/** Server-sent events, one for each message; a pair names its event. */
export function toSse(messages: readonly unknown[]): string {
  return messages
    .map((item) => {
      const [name, message] = Array.isArray(item) ? (item as [string, unknown]) : ['', item]
      const text = typeof message === 'string' ? message : JSON.stringify(message)
      return `${name === '' ? '' : `event: ${name}\n`}data: ${text}\n\n`
    })
    .join('')
}

/** Named events as Anthropic and OpenAI's Responses send them: the name repeats the type. */
export function toTypedSse(messages: readonly Readonly<Record<string, unknown>>[]): string {
  return toSse(messages.map((message) => [String(message['type']), message]))
}

export function toLines(messages: readonly unknown[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join('')
}

export interface ReadOptions {
  readonly path?: string
  readonly status?: number
  readonly contentType?: string | null
  readonly complete?: boolean
  readonly wantText?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** Reads a whole body as the pipeline does. An object stands for its JSON text. */
export function read(body: unknown, options: ReadOptions = {}): DigestResult {
  const head = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const kind = detectBodyKind(head, options.contentType ?? null)
  return readResponseBody({
    body: { kind, head, text: null, tail: Buffer.alloc(0), digest: null, truncated: false },
    path: '/',
    status: 200,
    complete: true,
    wantText: true,
    ...options,
  })
}

/** Reads a body and gives the counts that it tells: those that are `null` or empty are left out. */
export function readCounts(body: unknown, options: ReadOptions = {}): Record<string, unknown> {
  const { raw, ...usage } = read(body, options).facts.usage
  void raw
  return Object.fromEntries(
    Object.entries(usage).filter(
      ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value as object).length > 0),
    ),
  )
}
