import { isObject, readArray, readObject, readText, type JsonObject } from '../core/json.ts'

/**
 * The function that a request makes Claude call, in Anthropic's words or Bedrock's: one that it names, or the only one there
 * is where some must be called. Instructions and answer are shorter then.
 */
export function readForcedTool(body: JsonObject): string | null {
  const config = readObject(body['toolConfig'])
  const choice = readObject(body['tool_choice'] ?? config['toolChoice'])
  const type = choice['type']
  if (type === 'tool') return readText(choice['name'])
  if (isObject(choice['tool'])) return readText(choice['tool']['name'])
  if (type !== 'any' && !isObject(choice['any'])) return null
  const tools = readArray(body['tools'] ?? config['tools'])
  const [only] = tools.map(readObject)
  return tools.length === 1 ? readText(only?.['name'] ?? readObject(only?.['toolSpec'])['name']) : null
}
