import { isObject, readObject, readText, type JsonObject } from '../../core/json.ts'

/**
 * The function that a request makes the model call, in the words of Anthropic, Bedrock or OpenAI: one that it names, or
 * any (`''`). Claude is told more then, and has less to write around the call.
 */
export function readForcedTool(body: JsonObject): string | null {
  const told = body['tool_choice'] ?? readObject(body['toolConfig'])['toolChoice']
  if (told === 'required') return ''
  const choice = readObject(told)
  const named = readText(readObject(choice['function'])['name'])
  if (named !== null) return named
  const type = choice['type']
  if (type === 'tool') return readText(choice['name'])
  if (isObject(choice['tool'])) return readText(choice['tool']['name'])
  return type === 'any' || isObject(choice['any']) ? '' : null
}
