export type Fetch = typeof globalThis.fetch

/** What a client made of the answers: everything it hands to its user. */
export interface Seen {
  readonly text: string
  readonly rest: unknown
}

/** A stream as a client hands it over. */
export interface OpenStream<Item = unknown> {
  readonly items: AsyncIterable<Item>
  toText(item: Item): string | null | undefined
  /** What the client tells beside the items, asked for when they are all there. */
  rest?(): PromiseLike<unknown>
  /** The client's own way to cancel; where it has none the signal is used that the stream was opened with. */
  cancel?(): void
}

export interface Client {
  whole(): Promise<Seen>
  open(signal: AbortSignal): Promise<OpenStream>
}

export interface Witness {
  readonly packages: readonly string[]
  /** The client reads on when the loop over its stream is left (langchain on Node 24 alone), and has to be told to stop. */
  readonly readsOnWhenLeft?: boolean
  /** Makes a client of a server at `url` that calls it by `fetch`. */
  create(modules: readonly Loaded[], url: string, fetch: Fetch): Client
}

// The clients' own types are not wanted here: what they answer is compared, whatever it is.
export type Loaded = Readonly<Record<string, unknown>>
export type Call<Answer> = (request: object, options?: object) => Promise<Answer>

export function construct(module: Loaded | undefined, name: string, options: object): unknown {
  const Client = module?.[name] as new (given: object) => unknown
  return new Client(options)
}

/** Reads a stream to its end. */
export async function readAll(client: Client): Promise<Seen> {
  const stream = await client.open(new AbortController().signal)
  const items: unknown[] = []
  for await (const item of stream.items) items.push(item)
  const text = items.map((item) => stream.toText(item) ?? '').join('')
  return { text, rest: [items.map(toPlain), await stream.rest?.()] }
}

/** Cancels a stream at its first text, by the client's own means, and reads on: some clients end, some throw. */
export async function cancelMidway(client: Client): Promise<void> {
  const abort = new AbortController()
  const stream = await client.open(abort.signal)
  try {
    for await (const item of stream.items) {
      if (!stream.toText(item)) continue
      if (stream.cancel) stream.cancel()
      else abort.abort()
    }
  } catch (error) {
    if (!/abort/i.test(String(error))) throw error
  }
}

/** Leaves the loop over a stream at its first text. */
export async function leaveMidway(client: Client): Promise<void> {
  const stream = await client.open(new AbortController().signal)
  for await (const item of stream.items) if (stream.toText(item)) return
}

/** Of items that hold the whole HTTP answer (Google's) only what they say is compared. */
function toPlain(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !('candidates' in item)) return item
  const { candidates, usageMetadata } = item as Loaded
  return { candidates, usageMetadata }
}
