import Koa from 'koa'
import { tokenUsage } from 'token-usage-tracker/koa'

const app = new Koa()
app.use(tokenUsage())

app.use((context) => {
  context.body = {
    object: 'chat.completion',
    model: 'gpt-4',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  }
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
