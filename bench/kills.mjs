// node bench/kills.mjs [rounds]
// A server with a spool is killed 20 to 500 ms after its first request, under load and while its price list loads. Prints
// the answers of which no disk knows, and how long before the kill they were given.
import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'

const ANSWER = JSON.stringify({
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2 },
})
const CONNECTIONS = 8

async function serve(folder) {
  const { createTokenTracker } = await import('../dist/index.js')
  const files = { fileLogging: true, logFile: `${folder}/usage.log`, spoolDir: `${folder}/spool` }
  const middleware = createTokenTracker({ logLevel: 'SILENT', ...files }).middleware()
  const answer = (request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(ANSWER)
  }
  const server = http.createServer((request, response) =>
    middleware(request, response, () => answer(request, response)),
  )
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

/** Asks until the connection breaks; notes when each answer was whole. */
async function ask(port, agent, answered, next) {
  for (;;) {
    const id = `request-${next()}-`
    const isAnswered = await new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': 2, 'x-request-id': id }
      const request = http.request({
        port,
        host: '127.0.0.1',
        agent,
        method: 'POST',
        path: '/v1/chat/completions',
        headers,
      })
      request.on('response', (response) => response.resume().on('end', () => resolve(response.complete)))
      request.on('error', () => resolve(false)).on('close', () => resolve(false))
      request.end('{}')
    })
    if (!isAnswered) return
    answered.set(id, performance.now())
  }
}

function readAll(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'latin1')).join('\n')
}

async function runRound(afterMs) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'token-tracker-kills-'))
  const child = fork(process.argv[1], ['serve', folder])
  const port = await new Promise((resolve) => child.once('message', resolve))
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const answered = new Map()
  let number = 0
  const clients = Array.from({ length: CONNECTIONS }, () => ask(port, agent, answered, () => number++))
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  const killedAt = performance.now()
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
  await Promise.all(clients)
  agent.destroy()
  const known = readAll(folder)
  rmSync(folder, { recursive: true })
  const missing = [...answered].filter(([id]) => !known.includes(id)).map(([, at]) => killedAt - at)
  return { answered: answered.size, missing }
}

if (process.argv[2] === 'serve') await serve(process.argv[3])
else {
  const rounds = Number(process.argv[2] ?? 50)
  const results = []
  for (let round = 0; round < rounds; round++)
    results.push(await runRound(20 + (480 * round) / Math.max(rounds - 1, 1)))
  const missing = results.flatMap((result) => result.missing)
  const answered = results.reduce((sum, result) => sum + result.answered, 0)
  console.log(`${rounds} kills, ${answered} answered, ${missing.length} on no disk`)
  const ages = missing.toSorted((a, b) => b - a).map((age) => age.toFixed(1))
  if (missing.length > 0) console.log(`given so many milliseconds before the kill: ${ages.join(', ')}`)
}
