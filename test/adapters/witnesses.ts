import { stainlessWitnesses } from './stainless-witnesses.ts'
import { construct, type Call, type Fetch, type Loaded, type Witness } from './witness.ts'

const messages = [{ role: 'user', content: 'Say hello' }]

type Stream<Item> = AsyncIterable<Item>
interface ChatAnswer {
  readonly choices: { message: { content: string } }[]
}
interface ChatChunk {
  readonly choices: { delta: { content?: string } }[]
}
/** The AI SDK with one of its providers. */
function createAiWitness(provider: string, toModel: (module: Loaded, url: string, fetch: Fetch) => unknown): Witness {
  return {
    packages: ['ai', provider],
    readsOnWhenLeft: true,
    create([ai, module = {}], url, fetch) {
      const { generateText, streamText } = ai as {
        generateText: Call<{ text: string; usage: unknown; finishReason: string }>
        streamText: (request: object) => { textStream: Stream<string>; usage: PromiseLike<unknown> }
      }
      const request = { model: toModel(module, url, fetch), messages, maxRetries: 0 }
      return {
        async whole() {
          const { text, usage, finishReason } = await generateText(request)
          return { text, rest: { usage, finishReason } }
        },
        async open(abortSignal) {
          const answer = streamText({ ...request, abortSignal })
          return { items: answer.textStream, toText: (piece: string) => piece, rest: () => answer.usage }
        },
      }
    },
  }
}

type CreateProvider = (options: object) => (model: string) => unknown

export const witnesses: Record<string, Witness> = {
  ...stainlessWitnesses,
  '@google/genai': {
    packages: ['@google/genai'],
    readsOnWhenLeft: true,
    create([module], url, fetch) {
      interface Answer {
        readonly text: string
        readonly candidates: unknown
        readonly usageMetadata: unknown
      }
      interface Google {
        readonly models: { generateContent: Call<Answer>; generateContentStream: Call<Stream<Answer>> }
      }
      const options = { apiKey: 'test', httpOptions: { baseUrl: url, fetch } }
      const { models } = construct(module, 'GoogleGenAI', options) as Google
      const request = { model: 'gemini-2.5-flash', contents: 'Say hello' }
      return {
        async whole() {
          const { text, candidates, usageMetadata } = await models.generateContent(request)
          return { text, rest: { candidates, usageMetadata } }
        },
        async open(abortSignal) {
          const items = await models.generateContentStream({ ...request, config: { abortSignal } })
          return { items, toText: (answer: Answer) => answer.text }
        },
      }
    },
  },
  '@mistralai/mistralai': {
    packages: ['@mistralai/mistralai'],
    create([module], url, fetch) {
      interface Mistral {
        readonly chat: { complete: Call<ChatAnswer>; stream: Call<Stream<{ data: ChatChunk }>> }
      }
      const httpClient = construct(module, 'HTTPClient', { fetcher: fetch })
      const options = { apiKey: 'test', serverURL: `${url}/mistral`, httpClient }
      const { chat } = construct(module, 'Mistral', options) as Mistral
      const request = { model: 'mistral-small-latest', messages }
      return {
        async whole() {
          const rest = await chat.complete(request)
          return { text: rest.choices[0]?.message.content ?? '', rest }
        },
        async open(signal) {
          const items = await chat.stream(request, { fetchOptions: { signal } })
          return { items, toText: ({ data }: { data: ChatChunk }) => data.choices[0]?.delta.content }
        },
      }
    },
  },
  '@aws-sdk/client-bedrock-runtime': {
    packages: ['@aws-sdk/client-bedrock-runtime', '@smithy/fetch-http-handler'],
    readsOnWhenLeft: true,
    create([module, handlers], url, fetch) {
      interface Whole {
        readonly output: { message: { content: { text: string }[] } }
        readonly usage: unknown
      }
      interface Event {
        readonly contentBlockDelta?: { delta: { text: string } }
      }
      const requestHandler = construct(handlers, 'FetchHttpHandler', { customFetch: fetch })
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
      const options = { region: 'us-east-1', endpoint: url, credentials, requestHandler, maxAttempts: 1 }
      const client = construct(module, 'BedrockRuntimeClient', options) as { send: Call<unknown> }
      const request = {
        modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
        messages: [{ role: 'user', content: [{ text: 'Say hello' }] }],
      }
      const command = (name: string) => construct(module, name, request) as object
      return {
        async whole() {
          const { output, usage } = (await client.send(command('ConverseCommand'))) as Whole
          return { text: output.message.content[0]?.text ?? '', rest: usage }
        },
        async open(abortSignal) {
          const answer = await client.send(command('ConverseStreamCommand'), { abortSignal })
          const { stream: items } = answer as { stream: Stream<Event> }
          return { items, toText: ({ contentBlockDelta }: Event) => contentBlockDelta?.delta.text }
        },
      }
    },
  },
  ollama: {
    packages: ['ollama'],
    readsOnWhenLeft: true,
    create([module], url, fetch) {
      interface Part {
        readonly message: { content: string }
      }
      interface Abortable extends Stream<Part> {
        abort(): void
      }
      const client = construct(module, 'Ollama', { host: url, fetch }) as { chat: Call<Part & Abortable> }
      const request = { model: 'llama3.2', messages }
      return {
        async whole() {
          const rest = await client.chat({ ...request, stream: false })
          return { text: rest.message.content, rest }
        },
        async open() {
          const items = await client.chat({ ...request, stream: true })
          return { items, toText: ({ message }: Part) => message.content, cancel: () => items.abort() }
        },
      }
    },
  },
  'cohere-ai': {
    packages: ['cohere-ai'],
    create([module], url, fetch) {
      interface Event {
        readonly delta?: { message?: { content?: { text?: string } } }
      }
      interface Cohere {
        readonly chat: Call<{ message: { content: { text: string }[] } }>
        readonly chatStream: Call<Stream<Event>>
      }
      const options = { token: 'test', environment: url, fetch, maxRetries: 0 }
      const client = construct(module, 'CohereClientV2', options) as Cohere
      const request = { model: 'command-a-03-2025', messages }
      return {
        async whole() {
          const rest = await client.chat(request)
          return { text: rest.message.content[0]?.text ?? '', rest }
        },
        async open(abortSignal) {
          const items = await client.chatStream(request, { abortSignal })
          return { items, toText: ({ delta }: Event) => delta?.message?.content?.text }
        },
      }
    },
  },
  '@langchain/openai': {
    packages: ['@langchain/openai'],
    readsOnWhenLeft: true,
    create([module], url, fetch) {
      interface Message {
        readonly content: string
        readonly usage_metadata: unknown
      }
      interface ChatOpenAi {
        invoke: (input: string) => Promise<Message>
        stream: (input: string, options: object) => Promise<Stream<Message>>
      }
      const configuration = { baseURL: `${url}/v1`, fetch }
      const options = { model: 'gpt-4o', apiKey: 'test', maxRetries: 0, configuration }
      const model = construct(module, 'ChatOpenAI', options) as ChatOpenAi
      return {
        async whole() {
          const { content, usage_metadata } = await model.invoke('Say hello')
          return { text: content, rest: usage_metadata }
        },
        async open(signal) {
          return { items: await model.stream('Say hello', { signal }), toText: ({ content }: Message) => content }
        },
      }
    },
  },
  'ai (with @ai-sdk/openai, chat completions)': createAiWitness('@ai-sdk/openai', (module, url, fetch) => {
    const { createOpenAI } = module as { createOpenAI(options: object): { chat(model: string): unknown } }
    return createOpenAI({ apiKey: 'test', baseURL: `${url}/v1`, fetch }).chat('gpt-4o')
  }),
  'ai (with @ai-sdk/openai, responses)': createAiWitness('@ai-sdk/openai', (module, url, fetch) =>
    (module['createOpenAI'] as CreateProvider)({ apiKey: 'test', baseURL: `${url}/v1`, fetch })('gpt-4o'),
  ),
  'ai (with @ai-sdk/anthropic)': createAiWitness('@ai-sdk/anthropic', (module, url, fetch) =>
    (module['createAnthropic'] as CreateProvider)({ apiKey: 'test', baseURL: `${url}/v1`, fetch })('claude-of-tests'),
  ),
  'ai (with @ai-sdk/google)': createAiWitness('@ai-sdk/google', (module, url, fetch) =>
    (module['createGoogleGenerativeAI'] as CreateProvider)({ apiKey: 'test', baseURL: `${url}/v1beta`, fetch })(
      'gemini-2.5-flash',
    ),
  ),
}
