import express from 'express'
import { tokenUsageMiddleware } from 'token-usage-tracker'

const app = express()
app.use(tokenUsageMiddleware())
app.use(express.json())

// Your endpoint: a proxy to a provider, or a model of your own.
app.post('/v1/chat/completions', (request, response) => {
  response.json({
    object: 'chat.completion',
    model: request.body.model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  })
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
