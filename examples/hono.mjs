import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { tokenUsage } from 'token-usage-tracker/hono'

const app = new Hono()
app.use(tokenUsage())

app.post('/v1/chat/completions', async (context) => {
  const { model } = await context.req.json()
  return context.json({
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  })
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`listening on http://localhost:${port}`)
})
