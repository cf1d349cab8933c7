import { readArray, readObject, readText, type JsonObject } from '../../core/json.ts'

/** Queries told apart of one answer; no honest answer asks more. */
const MAX_QUERIES = 1_000
/** Models that are charged by the grounded prompt, however many queries it took; later ones by the query. */
const BY_PROMPT = /(?:^|\/)gemini-[12]\b/

/** What the candidates of one answer say of searches and maps they were grounded with. */
export interface Grounding {
  /** Of one candidate; streams repeat what they told before. */
  add(metadata: JsonObject): void
  /** Calls as they are charged: `web_search` and `google_maps`. */
  toCalls(model: string | null): Record<string, number>
}

export function createGrounding(): Grounding {
  const queries = new Set<string>()
  let hasMaps = false

  return {
    add(metadata) {
      for (const key of ['webSearchQueries', 'imageSearchQueries']) {
        for (const query of readArray(metadata[key])) {
          if (queries.size < MAX_QUERIES && readText(query) !== null) queries.add(query as string)
        }
      }
      hasMaps ||=
        readText(metadata['googleMapsWidgetContextToken']) !== null ||
        readArray(metadata['groundingChunks']).some((chunk) => 'maps' in readObject(chunk))
    },
    toCalls(model) {
      const calls: Record<string, number> = {}
      if (queries.size > 0) calls['web_search'] = model !== null && BY_PROMPT.test(model) ? 1 : queries.size
      if (hasMaps) calls['google_maps'] = 1
      return calls
    },
  }
}
