import { H3, serve } from 'h3'
import { trackRequestHandler } from 'token-usage-tracker/web'

const app = new H3()

app.post('/v1/chat/completions', async (event) => {
  const { model } = await event.req.json()
  return {
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  }
})

// Any (Request) => Response: a route of Next.js, Bun.serve and Deno.serve take it as well.
const fetch = trackRequestHandler((request) => app.fetch(request))

const server = serve({ fetch }, { port: Number(process.env.PORT ?? 3000), silent: true })
await server.ready()
console.log(`listening on http://localhost:${new URL(server.url).port}`)
