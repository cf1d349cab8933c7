import http from 'node:http'
import { tokenUsageMiddleware } from 'token-usage-tracker'

const tokenUsage = tokenUsageMiddleware()

const server = http.createServer((request, response) => {
  tokenUsage(request, response, () => answer(request, response))
})

/** An Ollama-style stream: one JSON object a line, the counts on the last. */
function answer(request, response) {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  for (const content of ['Hel', 'lo!']) {
    response.write(`${JSON.stringify({ model: 'llama3', message: { role: 'assistant', content }, done: false })}\n`)
  }
  const counts = { prompt_eval_count: 9, eval_count: 2 }
  response.end(
    `${JSON.stringify({ model: 'llama3', message: { role: 'assistant', content: '' }, done: true, ...counts })}\n`,
  )
}

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
