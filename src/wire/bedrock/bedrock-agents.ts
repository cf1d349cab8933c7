import { readObject, readText } from '../../core/json.ts'
import { createUsage } from '../../core/records/usage.ts'
import type { ReaderOptions, ResponseReader, WireFormat } from '../format.ts'
import { createMessageReader } from '../reading/message-reader.ts'
import { readTokenCount, sumKnown } from '../reading/token-count.ts'
import { readCommonRequest, readTextPrompt } from '../request/request.ts'

const STEPS = [
  'preProcessingTrace',
  'orchestrationTrace',
  'postProcessingTrace',
  'routingClassifierTrace',
  'customOrchestrationTrace',
] as const

/** Bedrock Agents: an agent asks its model several times, and tells of each time in a trace, where traces are asked for. */
export const bedrockAgents: WireFormat = {
  name: 'bedrock-agents',
  operation: 'invoke_agent',
  path: /\/agents\/[^/]+\/agentaliases\/[^/]+\/sessions\/[^/]+\/text$/,
  recognises: (message, name) => name === 'trace' || (name === 'chunk' && typeof message['chunkText'] === 'string'),
  spreadsUsage: true,
  readRequest: (body) => readCommonRequest(body, readTextPrompt(body['inputText'], 'completion')),
  createReader,
}

function createReader(options: ReaderOptions): ResponseReader {
  let input: number | null = null
  let output: number | null = null

  return createMessageReader(options, (message, notes, name) => {
    if (typeof message['chunkText'] === 'string') {
      notes.completion.text(message['chunkText'])
      notes.finished = true
    }
    if (name !== 'trace') return
    const trace = readObject(message['trace'])
    for (const step of STEPS) {
      const { modelInvocationInput, modelInvocationOutput } = readObject(trace[step])
      notes.model = readText(readObject(modelInvocationInput)['foundationModel']) ?? notes.model
      const usage = readObject(readObject(readObject(modelInvocationOutput)['metadata'])['usage'])
      // Each trace is a call of its own: these are the one kind of counts that are added.
      input = sumKnown([input, readTokenCount(usage['inputTokens'])])
      output = sumKnown([output, readTokenCount(usage['outputTokens'])])
    }
    if (input !== null || output !== null) notes.usage.assign(createUsage({ input, output, raw: { input, output } }))
  })
}
