import { readText } from '../../core/json.ts'
import type { WireFormat } from '../format.ts'
import { createMessageReader } from '../reading/message-reader.ts'
import { readMessageUsage } from '../reading/message-usage.ts'
import { readCommonRequest, readTextPrompt } from '../request/request.ts'

/** Anthropic's legacy text completions: no usage, so both sides are estimated. */
export const anthropicComplete: WireFormat = {
  name: 'anthropic-complete',
  operation: 'text_completion',
  path: /\/complete$/,
  recognises: (message) => typeof message['completion'] === 'string' && 'stop_reason' in message,
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['prompt'], 'completion')),
  createReader: (options) =>
    createMessageReader(options, (message, notes) => {
      notes.usage.assign(readMessageUsage(message))
      notes.completion.text(message['completion'])
      if (readText(message['stop_reason'])) notes.terminated = true
    }),
}
