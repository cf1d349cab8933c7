// The program under measurement in bench/fetch.mjs: the official `openai` client, and one way of watching it.
import { createRequire } from 'node:module'
import process from 'node:process'
import { settled } from './report-cpu.mjs'

const [mode, port, logFile, folder] = process.argv.slice(2)
const load = createRequire(`${folder}/`)
const PROMPT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'word '.repeat(390) }] }
const STREAM = { ...PROMPT, stream: true, stream_options: { include_usage: true } }
const PARALLEL = 4

let finishedSpans = 0

/** As its documentation has it, with an exporter that costs nothing: spans are batched, and let go. */
function startOpenTelemetry() {
  const { BatchSpanProcessor, NodeTracerProvider } = load('@opentelemetry/sdk-trace-node')
  const exporter = {
    export(spans, done) {
      finishedSpans += spans.length
      done({ code: 0 })
    },
    async shutdown() {},
  }
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 100_000 })
  new NodeTracerProvider({ spanProcessors: [processor] }).register()
  settled.push(() => processor.forceFlush())
}

function startInstrumentation(name) {
  startOpenTelemetry()
  const { registerInstrumentations } = load('@opentelemetry/instrumentation')
  const { OpenAIInstrumentation } = load(name)
  registerInstrumentations({ instrumentations: [new OpenAIInstrumentation()] })
}

const createClient = (options = {}) => {
  const { OpenAI } = load('openai')
  return new OpenAI({ apiKey: 'key', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0, ...options })
}

async function createTrackedClient() {
  const { createTokenTracker } = await import('token-usage-tracker')
  const { trackFetch } = await import('token-usage-tracker/fetch')
  const tracker = createTokenTracker({ fileLogging: true, logFile, logLevel: 'silent' })
  settled.push(() => tracker.flush())
  return createClient({ fetch: trackFetch(fetch, { tracker }) })
}

async function start() {
  if (mode === 'trackFetch') return createTrackedClient()
  if (mode === '@langfuse/openai') {
    startOpenTelemetry()
    return load(mode).observeOpenAI(createClient())
  }
  if (mode.startsWith('@')) startInstrumentation(mode)
  return createClient()
}

async function call(client, workload) {
  if (workload === 'JSON') {
    const { usage } = await client.chat.completions.create(PROMPT)
    if (usage.completion_tokens !== 340) throw new Error('expected the answer of the upstream, got another')
    return
  }
  let events = 0
  for await (const event of await client.chat.completions.create(STREAM)) if (event.id) events++
  if (events !== 199) throw new Error(`expected 199 events, got ${events}`)
}

const client = await start()

async function run({ workload, count }) {
  let left = count
  const lane = async () => {
    while (left-- > 0) await call(client, workload)
  }
  await Promise.all(Array.from({ length: PARALLEL }, lane))
}

process.on('message', async (question) => {
  if (question === 'spans') process.send({ finishedSpans })
  if (typeof question !== 'object') return
  await run(question)
  process.send('done')
})
process.send('ready')
