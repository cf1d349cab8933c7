import http from 'node:http'
import type { NodeMiddleware } from '../../src/tracker/tracker.ts'
import { listen, type TestServer } from '../setup/servers.ts'

/** What the upstream was asked, in order. */
export interface UpstreamCall {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Upstream extends TestServer {
  readonly calls: UpstreamCall[]
}

export type Answer = (call: UpstreamCall, response: http.ServerResponse) => void

/** A provider in this process that answers every call with `answer`, behind `middleware` where there is one. */
export async function startUpstream(answer: Answer, middleware: NodeMiddleware | null = null): Promise<Upstream> {
  const calls: UpstreamCall[] = []
  const handler: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const call = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() }
      calls.push(call)
      answer(call, response)
    })
  }
  const server = http.createServer((request, response) =>
    middleware ? middleware(request, response, () => handler(request, response)) : handler(request, response),
  )
  return { ...(await listen(server)), calls }
}

export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
}

/** The events of a chat stream as OpenAI sends it; with `withUsage` as it does when `include_usage` asks for it. */
export function chatEvents(withUsage: boolean): string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-2024-08-06' }
  const choices = [
    { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
    { index: 0, delta: { content: 'Hello' }, finish_reason: null },
    { index: 0, delta: { content: ' there ☃' }, finish_reason: null },
    { index: 0, delta: {}, finish_reason: 'stop' },
  ]
  const usage = withUsage ? { usage: null } : {}
  const messages: object[] = choices.map((choice) => ({ ...head, choices: [choice], ...usage }))
  if (withUsage) messages.push({ ...head, choices: [], usage: completion.usage })
  return [...messages.map((message) => `data: ${JSON.stringify(message)}\n\n`), 'data: [DONE]\n\n']
}

/** Answers chat completions: JSON or a stream, with usage where it is asked for. */
export const answerChat: Answer = ({ body }, response) => {
  const { stream, stream_options } = JSON.parse(body) as {
    stream?: boolean
    stream_options?: { include_usage?: boolean }
  }
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  void writeSlowly(response, chatEvents(stream_options?.include_usage === true))
}

/** One piece in each turn of the event loop. */
export async function writeSlowly(response: http.ServerResponse, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  response.end()
}
