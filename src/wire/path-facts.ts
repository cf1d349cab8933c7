/** Anthropic's `/count_tokens`, OpenAI's `/responses/input_tokens`, Gemini's `:countTokens`, and tokenisers (vLLM, Cohere). */
const QUOTE = /(?:\/count_tokens|\/input_tokens|:counttokens|:computetokens|\/(?:de)?tokenize)\/?$/i
/** Calls about a response or a job that exists already, or that will run later: their answers are receipts. */
const RECEIPT = /\/(?:responses|runs)\/[^/]+\/cancel\/?$|\/batches(?:\/|$)|:batchgeneratecontent\/?$/i
const STREAM = /:stream\w+$|\/(?:converse-stream|invoke-with-response-stream|generate_stream|text_stream)$/i

/** False for paths whose calls consume no tokens whatever they answer: quotes and receipts. */
export function isConsumingPath(path: string): boolean {
  return !QUOTE.test(path) && !RECEIPT.test(path)
}

/** True where the path itself asks for a stream, as with Gemini and Bedrock. */
export function isStreamPath(path: string): boolean {
  return STREAM.test(path.replace(/\/$/, ''))
}
