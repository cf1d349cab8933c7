import type { JsonObject } from '../core/json.ts'
import type { ReaderOptions, ResponseReader, WireFormat } from './format.ts'
import { wireFormats } from './formats.ts'
import { openAiChat } from './openai-chat.ts'

/** Messages that wait for one that tells the format; after so many the path decides. */
const MAX_UNDECIDED_MESSAGES = 8

/** The format usually served at a path, `null` when none is. A hint only. */
export function formatOfPath(path: string): WireFormat | null {
  // Not by a pattern: one that looks for slashes at the end takes quadratic time where they are not at the end.
  let end = path.length
  while (end > 0 && path[end - 1] === '/') end--
  const normalised = path.slice(0, end).toLowerCase()
  return wireFormats.find((format) => format.path.test(normalised)) ?? null
}

/** A reader that finds out by itself which format it reads. */
export interface DetectingReader extends ResponseReader {
  /** `null` until a message was recognised, and for good when none was, the path says nothing and nothing is counted. */
  readonly format: WireFormat | null
}

/**
 * Reads with the format whose shape the first telling message has; where no message tells, with `fallback`.
 * Shape before path: a gateway may serve any provider's answers at any path.
 */
export function createDetectingReader(fallback: WireFormat | null, options: ReaderOptions): DetectingReader {
  let format: WireFormat | null = null
  let reader: ResponseReader | null = null
  let undecided: [JsonObject, string][] = []

  function decide(chosen: WireFormat | null): ResponseReader {
    format = chosen
    // Without any format the OpenAI reader still finds a model, an error and a usage object of the common shape.
    const decided = (chosen ?? openAiChat).createReader(options)
    for (const [message, name] of undecided) decided.read(message, name)
    undecided = []
    reader = decided
    return decided
  }

  return {
    read(message, name) {
      if (!reader) {
        undecided.push([message, name])
        const recognised = wireFormats.find((candidate) => candidate.recognises(message, name))
        if (recognised) decide(recognised)
        else if (undecided.length >= MAX_UNDECIDED_MESSAGES) decide(fallback)
        return
      }
      reader.read(message, name)
    },
    readPiece: (text) => reader?.readPiece(text) ?? false,
    facts() {
      const facts = (reader ?? decide(fallback)).facts()
      // Counts without any other mark are those of a gateway that follows OpenAI loosely.
      if (facts.usage.input !== null || facts.usage.output !== null) format ??= openAiChat
      return facts
    },
    get format() {
      return format
    },
  }
}
