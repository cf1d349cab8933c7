import { isObject, parseJson } from '../../core/json.ts'

/**
 * Takes out of one whole SSE event what `stream_options.include_usage` put in: `null` for the event that came on top, the
 * event without its `"usage":null` for every other, and the event itself where there is nothing to take out.
 * The extra event is taken out once: a second one is not of our making.
 */
export function createEventStripper(): (event: Buffer) => Uint8Array | null {
  let found = false
  return (event) => {
    const data = event.includes('"usage"') ? findData(event) : null
    if (!data) return event
    if (!found && isUsageEvent(data.json)) {
      found = true
      return null
    }
    const member = findNullUsage(data.json)
    if (!member) return event
    return Buffer.concat([event.subarray(0, data.start + member.start), event.subarray(data.start + member.end)])
  }
}

/** The JSON of an event with one line of data, one character for each byte so that positions are those of the bytes. */
function findData(event: Buffer): { json: string; start: number } | null {
  const match = /(?:^(?:\xef\xbb\xbf)?|[\r\n])data: ?(\{[^\r\n]*)/.exec(event.toString('latin1'))
  const json = match?.[1]
  return match && json !== undefined ? { json, start: match.index + match[0].length - json.length } : null
}

/** What the extra event may say beside its usage: whose it is, and measurements of the call as a whole. */
const BESIDE_USAGE: readonly string[] = [
  'id',
  'object',
  'created',
  'model',
  'provider',
  'service_tier',
  'system_fingerprint',
  'choices',
  'usage',
  // Padding against guessing the length (OpenAI).
  'obfuscation',
  // Figures of Hugging Face, Cerebras, llama.cpp and Groq.
  'sla_metrics',
  'time_info',
  'timings',
  'x_groq',
]

/** No choices, and usage: Azure sends events without choices and without usage, others put usage beside a choice. */
function isUsageEvent(json: string): boolean {
  if (!/"choices"\s*:\s*\[\s*\]/.test(json)) return false
  const message = parseJson(json)
  if (!isObject(message) || !isObject(message['usage'])) return false
  return (
    isNothing(message['choices']) &&
    Object.entries(message).every(([key, value]) => BESIDE_USAGE.includes(key) || isNothing(value))
  )
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === null || value === '' || (isObject(value) && Object.keys(value).length === 0)
}

interface Range {
  readonly start: number
  readonly end: number
}

/** The member `,"usage":null` of the outermost object, as OpenAI adds it to every event but the extra one. */
function findNullUsage(json: string): Range | null {
  if (!/"usage"\s*:\s*null/.test(json)) return null
  const member = /,\s*"usage"\s*:\s*null(?=\s*[,}])/y
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '"') at = endOfString(json, at)
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (character === ',' && depth === 1) {
      member.lastIndex = at
      const match = member.exec(json)
      if (match) return { start: at, end: at + match[0].length }
    }
  }
  return null
}

/** Position of the closing quotation mark. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
