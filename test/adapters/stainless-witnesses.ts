import { construct, type Call, type Fetch, type Loaded, type OpenStream, type Witness } from './witness.ts'

const messages = [{ role: 'user', content: 'Say hello' }]

interface Stream<Item> extends AsyncIterable<Item> {
  readonly controller: AbortController
}
/** What gathers a stream on its way: an iterable of the same items, with a way of its own to be cancelled. */
interface Helper<Item> extends AsyncIterable<Item> {
  abort(): void
}

/** One resource of a client that Stainless generates: OpenAI's, Anthropic's and Groq's. */
interface Resource<Answer, Item> {
  create: Call<Answer & Stream<Item>>
  stream?(request: object): Helper<Item>
}

interface Texts<Answer, Item> {
  ofAnswer(answer: Answer): string | undefined
  ofItem(item: Item): string | undefined
}

/** `streamed` is what a request for a stream asks for beside it. */
function ask<Answer, Item>(
  resource: Resource<Answer, Item>,
  texts: Texts<Answer, Item>,
  request: object,
  { isHelped = false, streamed = {} }: { isHelped?: boolean; streamed?: object },
) {
  return {
    async whole() {
      const rest = await resource.create(request)
      return { text: texts.ofAnswer(rest) ?? '', rest }
    },
    async open(): Promise<OpenStream<Item>> {
      const asking = { ...request, ...streamed, stream: true }
      const helper = isHelped ? resource.stream?.(asking) : undefined
      if (helper) return { items: helper, toText: texts.ofItem, cancel: () => helper.abort() }
      const items = await resource.create(asking)
      return { items, toText: texts.ofItem, cancel: () => items.controller.abort() }
    },
  }
}

interface ChatAnswer {
  readonly choices: { message: { content: string } }[]
}
interface ChatChunk {
  readonly choices: { delta: { content?: string } }[]
}
interface ChatClient {
  readonly chat: { completions: Resource<ChatAnswer, ChatChunk> }
}
const chatTexts: Texts<ChatAnswer, ChatChunk> = {
  ofAnswer: ({ choices }) => choices[0]?.message.content,
  ofItem: ({ choices }) => choices[0]?.delta.content,
}

function createOpenAi(module: Loaded | undefined, url: string, fetch: Fetch): unknown {
  return construct(module, 'OpenAI', { apiKey: 'test', baseURL: `${url}/v1`, fetch, maxRetries: 0 })
}

function createChatWitness(isHelped: boolean): Witness {
  return {
    packages: ['openai'],
    create([module], url, fetch) {
      const { completions } = (createOpenAi(module, url, fetch) as ChatClient).chat
      const streamed = { stream_options: { include_usage: true } }
      return ask(completions, chatTexts, { model: 'gpt-4o', messages }, { isHelped, streamed })
    },
  }
}

function createResponsesWitness(isHelped: boolean): Witness {
  interface Responses {
    readonly responses: Resource<{ output_text: string }, { type: string; delta?: string }>
  }
  return {
    packages: ['openai'],
    create([module], url, fetch) {
      const { responses } = createOpenAi(module, url, fetch) as Responses
      const texts: Texts<{ output_text: string }, { delta?: string }> = {
        ofAnswer: (answer) => answer.output_text,
        ofItem: ({ delta }) => delta,
      }
      return ask(responses, texts, { model: 'gpt-4o', input: 'Say hello' }, { isHelped })
    },
  }
}

function createAnthropicWitness(isHelped: boolean): Witness {
  interface Anthropic {
    readonly messages: Resource<{ content: { text: string }[] }, { delta?: { text?: string } }>
  }
  return {
    packages: ['@anthropic-ai/sdk'],
    create([module], url, fetch) {
      const options = { apiKey: 'test', baseURL: url, fetch, maxRetries: 0 }
      const client = construct(module, 'Anthropic', options) as Anthropic
      const texts: Texts<{ content: { text: string }[] }, { delta?: { text?: string } }> = {
        ofAnswer: ({ content }) => content[0]?.text,
        ofItem: ({ delta }) => delta?.text,
      }
      const request = { model: 'claude-of-tests', max_tokens: 100, messages }
      return ask(client.messages, texts, request, { isHelped })
    },
  }
}

const groq: Witness = {
  packages: ['groq-sdk'],
  create([module], url, fetch) {
    const client = construct(module, 'Groq', { apiKey: 'test', baseURL: url, fetch, maxRetries: 0 })
    const { completions } = (client as ChatClient).chat
    return ask(completions, chatTexts, { model: 'llama-3.3-70b-versatile', messages }, {})
  },
}

export const stainlessWitnesses: Readonly<Record<string, Witness>> = {
  'openai (chat completions)': createChatWitness(false),
  'openai (chat completions, stream helper)': createChatWitness(true),
  'openai (responses)': createResponsesWitness(false),
  'openai (responses, stream helper)': createResponsesWitness(true),
  '@anthropic-ai/sdk': createAnthropicWitness(false),
  '@anthropic-ai/sdk (stream helper)': createAnthropicWitness(true),
  'groq-sdk': groq,
}
