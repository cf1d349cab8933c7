import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { ReportedUsage } from '../../core/records/usage.ts'
import { readTokenCount } from '../reading/token-count.ts'
import { readResponsesUsage } from './responses-usage.ts'

/** Items of the Responses API that are calls of tools which OpenAI runs, by the name that prices carry. */
const CALLS: ReadonlyMap<unknown, string> = new Map([
  ['web_search_call', 'web_search'],
  ['file_search_call', 'file_search'],
  ['code_interpreter_call', 'code_interpreter'],
  ['mcp_call', 'mcp'],
])

/** Items told apart of one response. */
const MAX_ITEMS = 10_000

/** Calls of hosted tools in one response, and the tokens that its image tool spent. */
export interface HostedTools {
  /** A whole response, or one event of a stream, whose last repeats every item. */
  read(message: JsonObject): void
  readonly calls: Readonly<Record<string, number>>
  readonly otherModels: ReportedUsage['otherModels']
}

export function createHostedTools(): HostedTools {
  const seen = new Set<string>()
  const counted: Record<string, number> = {}
  let searches: number | null = null
  let otherModels: ReportedUsage['otherModels'] = []

  function count(item: JsonObject, position: string): void {
    const tool = CALLS.get(item['type'])
    if (tool === undefined || !isCharged(item)) return
    // A container is charged, however many programs run in it.
    const id = readText(item['container_id']) ?? readText(item['id']) ?? position
    if (seen.has(id) || seen.size >= MAX_ITEMS) return
    seen.add(id)
    counted[tool] = (counted[tool] ?? 0) + 1
  }

  return {
    read(message) {
      if (message['type'] === 'response.output_item.done') {
        count(readObject(message['item']), String(message['output_index']))
        return
      }
      const response = isObject(message['response']) ? message['response'] : message
      for (const [position, item] of readArray(response['output']).entries()) count(readObject(item), String(position))
      const usage = readObject(response['tool_usage'])
      searches = readTokenCount(readObject(usage['web_search'])['num_requests']) ?? searches
      const images = readResponsesUsage(usage['image_gen'])
      if (images?.input || images?.output)
        otherModels = [{ model: readImageModel(response), counts: toImageCounts(images) }]
    },
    get calls() {
      // What the provider counts itself wins over its items, zero too.
      const { web_search: items = 0, ...others } = counted
      const web_search = searches ?? items
      return web_search === 0 ? others : { ...others, web_search }
    },
    get otherModels() {
      return otherModels
    },
  }
}

/** Only searches are charged, not the pages that are opened after them; what failed is not. */
function isCharged(item: JsonObject): boolean {
  const action = readText(readObject(item['action'])['type'])
  return item['status'] !== 'failed' && (item['type'] !== 'web_search_call' || action === null || action === 'search')
}

/** A response echoes the tools it was asked with; the model of the image tool may be left out. */
function readImageModel(response: JsonObject): string {
  const tool = readArray(response['tools'])
    .map(readObject)
    .find((item) => item['type'] === 'image_generation')
  return readText(tool?.['model']) ?? 'image_generation'
}

/** All that an image model puts out is images, unless it says otherwise. */
function toImageCounts(usage: ReportedUsage): ReportedUsage {
  return { ...usage, imageOutput: usage.imageOutput ?? usage.output }
}
