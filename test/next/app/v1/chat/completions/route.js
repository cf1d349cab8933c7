import { trackRequestHandler } from 'token-usage-tracker/web'

export const dynamic = 'force-dynamic'

const LONG = 'The ferry left at nine, and nobody knew why. '.repeat(4_000)
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
const toChoice = (content) => ({ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' })
const toChunk = (delta, more = {}) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta }], ...more })}\n\n`

/** JSON, a stream, a stream without an end, or a long answer without usage, by what the message asks for. */
async function answer(request) {
  const { messages } = await request.json()
  const kind = messages[0].content
  const body = { object: 'chat.completion', model: 'gpt-4o', choices: [toChoice(kind === 'long' ? LONG : 'Hello!')] }
  if (kind === 'long') return Response.json(body)
  if (kind === 'json') return Response.json({ ...body, usage })
  const stream = new ReadableStream({
    start(controller) {
      const write = (text) => controller.enqueue(new TextEncoder().encode(text))
      write(toChunk({ role: 'assistant', content: 'Hello there' }))
      if (kind === 'aborted') return
      write(toChunk({}, { choices: [], usage }))
      write('data: [DONE]\n\n')
      controller.close()
    },
  })
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
}

export const POST = trackRequestHandler(answer)
