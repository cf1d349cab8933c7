import { readStart } from '../capture/web/outgoing-body.ts'
import type { OutgoingRequest } from '../capture/web/track-outgoing-call.ts'
import { createRecentKeys } from '../core/recent-keys.ts'
import { createStreamUsageStripper } from '../wire/stream-usage/stream-usage-stripper.ts'
import { injectStreamUsage, isStreamUsageRefusal, MAX_REFUSALS } from '../wire/stream-usage/stream-usage-injection.ts'

type Fetch = typeof globalThis.fetch

/** Looked at of an error body: a refusal names the field it refuses early on. */
const MAX_ERROR_BYTES = 64 * 1024

export interface StreamUsageAnswer {
  readonly response: Response
  /** The response reports usage that the caller did not ask for: it goes to the caller by `stripStreamUsage`. */
  readonly asked: boolean
}

/** Makes calls and asks for stream usage in the caller's stead. An upstream that refuses is left alone from then on. */
export function createStreamUsageFetch(
  fetch: Fetch,
): (
  request: OutgoingRequest,
  input: string | URL | Request,
  init: RequestInit | undefined,
) => Promise<StreamUsageAnswer> {
  const refusals = createRecentKeys(MAX_REFUSALS)

  return async (request, input, init) => {
    const upstream = `${request.url.host}${request.url.pathname}`
    const body = refusals.has(upstream) ? null : toAskingBody(request, init)
    if (body === null) return { response: await fetch(input, init), asked: false }
    const response = await fetch(input, { ...init, body })
    if (!(await isRefused(response))) return { response, asked: isEventStream(response) }
    refusals.add(upstream)
    await response.body?.cancel()
    return { response: await fetch(input, init), asked: false }
  }
}

/** Only bodies that can be sent a second time, and whose length nobody has announced. */
function toAskingBody({ url, headers }: OutgoingRequest, init: RequestInit | undefined): string | null {
  const body: unknown = init?.body
  if (headers.has('content-length') || headers.has('content-encoding')) return null
  if (typeof body === 'string') return injectStreamUsage(body, url.pathname)
  return body instanceof Uint8Array ? injectStreamUsage(Buffer.from(body).toString('utf8'), url.pathname) : null
}

async function isRefused(response: Response): Promise<boolean> {
  if (response.status < 400 || response.status >= 500) return false
  let text = ''
  const decoder = new TextDecoder()
  const copy = response.clone().body as ReadableStream<Uint8Array> | null
  try {
    await readStart(copy, MAX_ERROR_BYTES, (chunk) => {
      text += decoder.decode(chunk, { stream: true })
    })
  } catch {
    // The body broke off: so it will for the caller.
  }
  return isStreamUsageRefusal(response.status, text)
}

function isEventStream({ headers, body }: Response): boolean {
  return body !== null && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
}

/** The response as it would have been, had nobody asked for usage. */
export function stripStreamUsage(response: Response): Response {
  const stripper = createStreamUsageStripper()
  const strip = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const kept = stripper.push(chunk)
      if (kept.length > 0) controller.enqueue(kept)
    },
    flush(controller) {
      const kept = stripper.end()
      if (kept.length > 0) controller.enqueue(kept)
    },
  })
  const { status, statusText, headers, url, redirected, type } = response
  const stripped = new Response(response.body?.pipeThrough(strip) ?? null, { status, statusText, headers })
  // What only a fetch can set.
  for (const [name, value] of Object.entries({ url, redirected, type }))
    Object.defineProperty(stripped, name, { value })
  return stripped
}
