// A client that costs little: prepared bytes over raw sockets, one request at a time on each.
import net from 'node:net'

const prompt = JSON.stringify({
  model: 'gpt-4o',
  stream: true,
  messages: [{ role: 'user', content: 'word '.repeat(390) }],
})

/** What the last bytes of an answer are: those of a JSON object, or those of chunked encoding. */
const ENDS = /(?:\}|0\r\n\r\n)$/
const LAST_BYTES = 5
const DEADLINE_MS = 10_000

function toRequest(workload, headers = '') {
  const head = `POST /v1/chat/completions?${workload} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}`
  return Buffer.from(`${head}content-length: ${prompt.length}\r\n\r\n${prompt}`)
}

function connect(port) {
  const socket = net.connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends `count` requests over `connections` sockets, `headers` being lines; gives the milliseconds to each first byte. */
export async function load(port, workload, count, connections, headers = '') {
  const request = toRequest(workload, headers)
  const firstByteMs = []
  let left = count
  const run = async () => {
    const socket = await connect(port)
    await new Promise((resolve, reject) => {
      let sentAt = 0
      socket.setTimeout(DEADLINE_MS, () => reject(new Error(`expected an answer within ${DEADLINE_MS} ms`)))
      const send = () => {
        if (left-- <= 0) return resolve()
        sentAt = performance.now()
        socket.write(request)
      }
      socket.on('error', reject)
      socket.on('data', (chunk) => {
        if (sentAt > 0) firstByteMs.push(performance.now() - sentAt)
        sentAt = 0
        if (ENDS.test(chunk.toString('latin1', Math.max(0, chunk.length - LAST_BYTES)))) send()
      })
      send()
    })
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, run))
  return firstByteMs
}

/**
 * Sends `rate` requests a second for `seconds`, each when it is due, whether or not earlier ones were answered. Gives the
 * milliseconds from when each was due to its answer.
 */
export async function loadOpen(port, rate, seconds) {
  const request = toRequest('json')
  const idle = await Promise.all(Array.from({ length: OPEN_CONNECTIONS }, () => connect(port)))
  const sockets = [...idle]
  const due = []
  const times = []
  const sentFor = new Map()
  const start = performance.now()
  const total = rate * seconds
  let made = 0
  await new Promise((resolve, reject) => {
    const send = () => {
      while (due.length > 0 && idle.length > 0) {
        const socket = idle.pop()
        sentFor.set(socket, due.shift())
        socket.write(request)
      }
    }
    for (const socket of sockets) {
      socket.on('error', reject)
      socket.on('data', (chunk) => {
        if (!ENDS.test(chunk.toString('latin1', Math.max(0, chunk.length - LAST_BYTES)))) return
        times.push(performance.now() - sentFor.get(socket))
        idle.push(socket)
        if (times.length === total) resolve()
        else send()
      })
    }
    const timer = setInterval(() => {
      const now = performance.now()
      for (; made < total && start + (made * 1_000) / rate <= now; made++) due.push(start + (made * 1_000) / rate)
      if (made === total) clearInterval(timer)
      send()
    }, 1)
  })
  for (const socket of sockets) socket.destroy()
  return times
}

const OPEN_CONNECTIONS = 64

/** Opens streams that stay open until `close` is called; resolves when each has sent what it sends. */
export async function openStreams(port, count) {
  const sockets = []
  const request = toRequest('open')
  for (let at = 0; at < count; at += 100) {
    const batch = await Promise.all(Array.from({ length: 100 }, () => connect(port)))
    for (const socket of batch) {
      socket.on('error', () => {})
      socket.resume()
      socket.write(request)
    }
    sockets.push(...batch)
  }
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  return { close: () => sockets.forEach((socket) => socket.destroy()) }
}
