import type { Completion, Prompt } from '../core/records/conversation.ts'
import type { JsonObject } from '../core/json.ts'
import type { ReportedUsage } from '../core/records/usage.ts'

/** What a request says of itself. Everything it leaves out is `null`. */
export interface RequestFacts {
  readonly model: string | null
  /** Whether a stream is asked for; the format's default where the request does not say. */
  readonly stream: boolean
  /** `user`, `metadata.user_id` or the like, as sent. */
  readonly userId: string | null
  readonly parameters: SamplingParameters
  readonly prompt: Prompt
  /** What is asked for in units other than tokens, as in `TokenCounts`: it counts where the answer does not say. */
  readonly units: Readonly<Record<string, number>>
  /** As in `ResponseFacts`, where the request names the message that it asks for. */
  readonly messageKey: string | null
}

export interface SamplingParameters {
  readonly temperature: number | null
  readonly maxTokens: number | null
  readonly topP: number | null
  readonly frequencyPenalty: number | null
  readonly presencePenalty: number | null
}

export interface ResponseError {
  readonly code: string | null
  readonly message: string | null
}

/** What the messages of one response say, taken together. */
export interface ResponseFacts {
  readonly model: string | null
  readonly usage: ReportedUsage
  readonly completion: Completion
  /** An error inside a body, also one that follows HTTP 200 in the middle of a stream. */
  readonly error: ResponseError | null
  /** True when the response says that it is whole: a finish reason, a terminal event, a body that parses. */
  readonly finished: boolean
  /**
   * True when the terminal event of the format passed, or what stands last where it has none: a stream has nothing more to
   * say, whoever closes the connection then. Not every server sends one, so a stream that ended by itself may be finished
   * without it.
   */
  readonly terminated: boolean
  /** Parts came that hold no text: pictures, or kinds that are not known. How much they are is not known either. */
  readonly hasUnread: boolean
  /** False where messages came, and none is of a known format, counts or says anything: nothing can be told of them. */
  readonly understood: boolean
  /** False for answers that consume no tokens (a model being loaded): they yield no event. */
  readonly consumption: boolean
  /** The provider that a field of its own gives away: Groq's `x_groq`. Many speak the same format. */
  readonly vendor: string | null
  /** The id that the provider gave the answer, whatever passes it on. */
  readonly givenId: string | null
  /** Id under which a finished answer can be fetched again, of APIs that let one fetch it later. */
  readonly answerId: string | null
  /**
   * Open WebUI: chat and message that this exchange is about. It reports one message in several exchanges, of which one
   * may be counted. `null` for everybody else.
   */
  readonly messageKey: string | null
}

/** Reads the messages of one response in order: one message for JSON, one for each event of a stream. */
export interface ResponseReader {
  /** `name` is the name of the event, `''` where it has none. Never throws. */
  read(message: JsonObject, name: string): void
  /** Takes a message that only carries a piece of text without parsing it; false where it has to be parsed and read. */
  readPiece(text: string): boolean
  facts(): ResponseFacts
}

export interface ReaderOptions {
  /** Text kept for counting and samples, in UTF-16 units; what goes past it is measured only. */
  readonly maxTextLength: number
}

/** One provider's way to write requests and responses. Stateless; add one in `formats.ts`. */
export interface WireFormat {
  /** `openai-chat`, `ollama-chat`, ... */
  readonly name: string
  /** Operation of the GenAI conventions: `chat`, `text_completion`, `embeddings`, `generate_content`. */
  readonly operation: string
  /** Paths this format is usually served at, lower case. A hint: the shape of a response wins. */
  readonly path: RegExp
  /** True when a response message can be of no other format. `name` is as in `ResponseReader.read`. */
  recognises(message: JsonObject, name: string): boolean
  /** True where one response spreads its counts over several messages, so that none may be passed over. */
  readonly spreadsUsage?: boolean
  readRequest(body: JsonObject): RequestFacts
  createReader(options: ReaderOptions): ResponseReader
}
