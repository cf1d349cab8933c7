type Fetch = typeof globalThis.fetch

/** What a client made of the answers: everything it hands to its user. */
export interface Seen {
  readonly text: string
  readonly rest: unknown
}

export interface Client {
  whole(): Promise<Seen>
  stream(): Promise<Seen>
}

export interface Witness {
  readonly packages: readonly string[]
  /** Makes a client of a server at `url` that calls it by `fetch`. */
  create(modules: readonly Loaded[], url: string, fetch: Fetch): Client
}

// The clients' own types are not wanted here: what they answer is compared, whatever it is.
export type Loaded = Readonly<Record<string, unknown>>
type Call<Answer> = (request: object, options?: object) => Promise<Answer>
type Stream<Item> = AsyncIterable<Item>

const messages = [{ role: 'user', content: 'Say hello' }]

async function collect<Item>(stream: AsyncIterable<Item>, toText: (item: Item) => string | null | undefined) {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return { text: items.map((item) => toText(item) ?? '').join(''), rest: items }
}

interface OpenAiChunk {
  readonly choices: { delta: { content?: string } }[]
}
interface OpenAi {
  readonly chat: {
    completions: { create: Call<{ choices: { message: { content: string } }[] } & Stream<OpenAiChunk>> }
  }
  readonly responses: { create: Call<{ output_text: string } & Stream<{ type: string; delta?: string }>> }
}

function construct(module: Loaded | undefined, name: string, options: object): unknown {
  const Client = module?.[name] as new (given: object) => unknown
  return new Client(options)
}

const createOpenAi = (module: Loaded | undefined, url: string, fetch: Fetch) =>
  construct(module, 'OpenAI', { apiKey: 'test', baseURL: `${url}/v1`, fetch, maxRetries: 0 }) as OpenAi

export const witnesses: Record<string, Witness> = {
  'openai (chat completions)': {
    packages: ['openai'],
    create([module], url, fetch) {
      const { completions } = createOpenAi(module, url, fetch).chat
      const request = { model: 'gpt-4o', messages }
      return {
        async whole() {
          const rest = await completions.create(request)
          return { text: rest.choices[0]?.message.content ?? '', rest }
        },
        async stream() {
          const asking = { ...request, stream: true, stream_options: { include_usage: true } }
          return collect(await completions.create(asking), (chunk) => chunk.choices[0]?.delta.content)
        },
      }
    },
  },
  'openai (responses)': {
    packages: ['openai'],
    create([module], url, fetch) {
      const { responses } = createOpenAi(module, url, fetch)
      const request = { model: 'gpt-4o', input: 'Say hello' }
      return {
        async whole() {
          const rest = await responses.create(request)
          return { text: rest.output_text, rest }
        },
        async stream() {
          return collect(await responses.create({ ...request, stream: true }), ({ delta }) => delta)
        },
      }
    },
  },
  '@anthropic-ai/sdk': {
    packages: ['@anthropic-ai/sdk'],
    create([module], url, fetch) {
      interface Anthropic {
        readonly messages: {
          create: Call<{ content: { text: string }[] } & Stream<{ delta?: { text?: string } }>>
        }
      }
      const client = construct(module, 'Anthropic', {
        apiKey: 'test',
        baseURL: url,
        fetch,
        maxRetries: 0,
      }) as Anthropic
      const request = { model: 'claude-of-tests', max_tokens: 100, messages }
      return {
        async whole() {
          const rest = await client.messages.create(request)
          return { text: rest.content[0]?.text ?? '', rest }
        },
        async stream() {
          return collect(await client.messages.create({ ...request, stream: true }), ({ delta }) => delta?.text)
        },
      }
    },
  },
  '@google/genai': {
    packages: ['@google/genai'],
    create([module], url, fetch) {
      interface Answer {
        readonly text: string
        readonly candidates: unknown
        readonly usageMetadata: unknown
      }
      interface Google {
        readonly models: { generateContent: Call<Answer>; generateContentStream: Call<Stream<Answer>> }
      }
      const options = { apiKey: 'test', httpOptions: { baseUrl: url } }
      const { models } = construct(module, 'GoogleGenAI', options) as Google
      const request = { model: 'gemini-2.5-flash', contents: 'Say hello' }
      // It takes no fetch of ours, and calls the global one.
      const withFetch = async <Answered>(call: () => Promise<Answered>): Promise<Answered> => {
        const original = globalThis.fetch
        globalThis.fetch = fetch
        try {
          return await call()
        } finally {
          globalThis.fetch = original
        }
      }
      const toPlain = ({ candidates, usageMetadata }: Answer) => ({ candidates, usageMetadata })
      return {
        async whole() {
          const answer = await withFetch(() => models.generateContent(request))
          return { text: answer.text, rest: toPlain(answer) }
        },
        async stream() {
          const stream = await withFetch(() => models.generateContentStream(request))
          const { text, rest } = await collect(stream, (answer) => answer.text)
          return { text, rest: rest.map(toPlain) }
        },
      }
    },
  },
  ollama: {
    packages: ['ollama'],
    create([module], url, fetch) {
      interface Part {
        readonly message: { content: string }
      }
      const client = construct(module, 'Ollama', { host: url, fetch }) as { chat: Call<Part & Stream<Part>> }
      const request = { model: 'llama3.2', messages }
      return {
        async whole() {
          const rest = await client.chat({ ...request, stream: false })
          return { text: rest.message.content, rest }
        },
        async stream() {
          return collect(await client.chat({ ...request, stream: true }), ({ message }) => message.content)
        },
      }
    },
  },
  'ai (with @ai-sdk/openai)': {
    packages: ['ai', '@ai-sdk/openai'],
    create([ai, provider], url, fetch) {
      const { generateText, streamText } = ai as {
        generateText: Call<{ text: string; usage: unknown; finishReason: string }>
        streamText: (request: object) => { textStream: Stream<string>; usage: Promise<unknown> }
      }
      const { createOpenAI } = provider as {
        createOpenAI(options: object): { chat(model: string): unknown }
      }
      const model = createOpenAI({ apiKey: 'test', baseURL: `${url}/v1`, fetch }).chat('gpt-4o')
      return {
        async whole() {
          const { text, usage, finishReason } = await generateText({ model, messages, maxRetries: 0 })
          return { text, rest: { usage, finishReason } }
        },
        async stream() {
          const answer = streamText({ model, messages, maxRetries: 0 })
          const { text, rest } = await collect(answer.textStream, (piece) => piece)
          return { text, rest: [rest, await answer.usage] }
        },
      }
    },
  },
}
