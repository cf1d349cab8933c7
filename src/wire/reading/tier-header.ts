import { readText, type JsonObject } from '../../core/json.ts'

/** Headers in which Bedrock and Gemini state the tier that an answer was served at, which may not be the one asked for. */
const TIER_HEADERS = ['x-amzn-bedrock-service-tier', 'x-gemini-service-tier'] as const

/** The tier in the headers of a response, which wins over that in its body. `headers` have names in lower case. */
export function readTierHeader(headers: JsonObject): string | null {
  for (const name of TIER_HEADERS) {
    const tier = readText(headers[name])
    if (tier !== null) return tier.trim().toLowerCase()
  }
  return null
}
