import { normalisePath } from '../../core/normalise-path.ts'
import { isObject, parseJson, type JsonObject } from '../../core/json.ts'
import { openAiChat } from '../openai/openai-chat.ts'

/**
 * OpenAI's chat streams report their usage only to those who ask for it. These pieces ask in the client's stead; the
 * event that comes on top is taken out again by `createStreamUsageStripper`.
 */

/** A larger request is sent as it is: it would have to be parsed while the caller waits. */
export const MAX_INJECTED_LENGTH = 4 * 1024 * 1024
/** Upstreams that refused to be asked and are left alone: what is older than this many others is asked again. */
export const MAX_REFUSALS = 1_000

const STREAM_OPTIONS = { include_usage: true } as const
const STREAM_OPTIONS_MEMBER = `"stream_options":${JSON.stringify(STREAM_OPTIONS)}`

/**
 * Whether usage has to be asked for: a chat completion that streams and says nothing of `stream_options`. What it does
 * say is respected, an explicit `include_usage: false` included.
 */
export function lacksStreamUsage(body: JsonObject, path: string): boolean {
  return (
    isChatPath(path) &&
    body['stream'] === true &&
    !('stream_options' in body) &&
    // Azure "on your data" refuses stream_options (azure-sdk-for-js#30751).
    !('data_sources' in body)
  )
}

/** A copy of the body that asks for usage. */
export function withStreamUsage(body: JsonObject): JsonObject {
  return { ...body, stream_options: STREAM_OPTIONS }
}

/**
 * The JSON text of a body that asks for usage, `null` when there is nothing to ask for. One member is put in at the end;
 * everything else stays as it was written, numbers past 2^53 included.
 */
export function injectStreamUsage(text: string, path: string): string | null {
  if (!isChatPath(path) || text.length > MAX_INJECTED_LENGTH || !text.includes('"stream"')) return null
  const body = parseJson(text)
  if (!isObject(body) || !lacksStreamUsage(body, path)) return null
  const end = text.lastIndexOf('}')
  return `${text.slice(0, end)},${STREAM_OPTIONS_MEMBER}${text.slice(end)}`
}

/** Whether an upstream refuses a request because of what was put in: a 4xx whose body names it. */
export function isStreamUsageRefusal(status: number, body: string): boolean {
  return status >= 400 && status < 500 && /stream_options|include_usage/.test(body)
}

function isChatPath(path: string): boolean {
  return openAiChat.path.test(normalisePath(path))
}
