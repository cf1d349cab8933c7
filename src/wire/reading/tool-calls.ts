import { readObject, type JsonObject } from '../../core/json.ts'
import { readTokenCount } from './token-count.ts'

/** Fields of a usage that count calls of one tool. Anthropic's stand in `server_tool_use`, behind gateways too. */
const COUNTED_CALLS: readonly (readonly [group: string, field: string, tool: string])[] = [
  ['server_tool_use', 'web_search_requests', 'web_search'],
  ['server_tool_use', 'web_fetch_requests', 'web_fetch'],
  ['server_side_tool_usage_details', 'web_search_calls', 'web_search'],
  ['server_side_tool_usage_details', 'x_search_calls', 'x_search'],
  ['server_side_tool_usage_details', 'code_interpreter_calls', 'code_interpreter'],
  ['server_side_tool_usage_details', 'file_search_calls', 'file_search'],
  ['server_side_tool_usage_details', 'document_search_calls', 'document_search'],
  ['server_side_tool_usage_details', 'mcp_calls', 'mcp'],
  ['server_side_tool_usage_details', 'image_generation_calls', 'image_generation'],
]

/** Calls of tools that a usage object counts, by tool: those of Anthropic, xAI, Perplexity's searches and DashScope's plugin. */
export function readToolCalls(usage: JsonObject): Record<string, number> {
  const calls: Record<string, number> = {}
  const searches = readTokenCount(usage['num_search_queries'])
  if (searches) calls['web_search'] = searches
  const pluginSearches = readTokenCount(readObject(readObject(usage['plugins'])['search'])['count'])
  if (pluginSearches) calls['web_search'] = pluginSearches
  for (const [group, field, tool] of COUNTED_CALLS) {
    const count = readTokenCount(readObject(usage[group])[field])
    if (count) calls[tool] = count
  }
  return calls
}
