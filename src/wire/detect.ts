import { normalisePath } from '../core/normalise-path.ts'
import type { JsonObject } from '../core/json.ts'
import type { ReaderOptions, ResponseFacts, ResponseReader, WireFormat } from './format.ts'
import { wireFormats } from './formats.ts'
import { openAiChat } from './openai/openai-chat.ts'

/** Messages that wait for one that tells the format; after so many the path decides. */
const MAX_UNDECIDED_MESSAGES = 8

/** The format usually served at a path, `null` when none is. A hint only. */
export function formatOfPath(path: string): WireFormat | null {
  const normalised = normalisePath(path)
  return wireFormats.find((format) => format.path.test(normalised)) ?? null
}

/**
 * A reader that finds out by itself which format it reads: the one whose shape the first telling message has; where no
 * message tells, `fallback`. Shape before path: a gateway may serve any provider's answers at any path.
 */
export class DetectingReader implements ResponseReader {
  readonly #fallback: WireFormat | null
  readonly #options: ReaderOptions
  #format: WireFormat | null = null
  #reader: ResponseReader | null = null
  #undecided: [JsonObject, string][] = []
  #isRecognised = false
  #hasRead = false

  constructor(fallback: WireFormat | null, options: ReaderOptions) {
    this.#fallback = fallback
    this.#options = options
  }

  read(message: JsonObject, name: string): void {
    this.#hasRead = true
    if (this.#reader) {
      this.#reader.read(message, name)
      return
    }
    this.#undecided.push([message, name])
    const recognised = wireFormats.find((candidate) => candidate.recognises(message, name))
    this.#isRecognised = recognised !== undefined
    if (recognised) this.#decide(recognised)
    else if (this.#undecided.length >= MAX_UNDECIDED_MESSAGES) this.#decide(this.#fallback)
  }

  readPiece(text: string): boolean {
    return this.#reader?.readPiece(text) ?? false
  }

  facts(): ResponseFacts {
    const facts = (this.#reader ?? this.#decide(this.#fallback)).facts()
    // Counts without any other mark are those of a gateway that follows OpenAI loosely.
    if (facts.usage.input !== null || facts.usage.output !== null) this.#format ??= openAiChat
    return { ...facts, understood: this.#isRecognised || !this.#hasRead || isTelling(facts) }
  }

  /** Whether any message came. */
  get hasRead(): boolean {
    return this.#hasRead
  }

  /** `null` until a message was recognised, and for good when none was, the path says nothing and nothing is counted. */
  get format(): WireFormat | null {
    return this.#format
  }

  #decide(chosen: WireFormat | null): ResponseReader {
    this.#format = chosen
    // Without any format the OpenAI reader still finds a model, an error and a usage object of the common shape.
    const decided = (chosen ?? openAiChat).createReader(this.#options)
    for (const [message, name] of this.#undecided) decided.read(message, name)
    this.#undecided = []
    this.#reader = decided
    return decided
  }
}

function isTelling({ usage, completion, error }: ResponseFacts): boolean {
  const hasText = completion.textLength > 0 || completion.reasoningLength > 0 || completion.toolCalls.length > 0
  return hasText || error !== null || usage.input !== null || usage.output !== null || usage.providerCost !== null
}
