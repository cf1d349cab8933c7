import fastify from 'fastify'
import { tokenUsagePlugin } from 'token-usage-tracker/fastify'

const app = fastify()
await app.register(tokenUsagePlugin)

app.post('/v1/chat/completions', async (request) => ({
  object: 'chat.completion',
  model: request.body.model,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
}))

await app.listen({ port: Number(process.env.PORT ?? 3000) })
console.log(`listening on http://localhost:${app.server.address().port}`)
