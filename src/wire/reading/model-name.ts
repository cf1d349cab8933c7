import { readText } from '../../core/json.ts'

/** Google's resource names: `models/gemini-2.5-pro` is the model that everybody else calls `gemini-2.5-pro`. */
const RESOURCE = /^(?:publishers\/[^/]+\/)?models\//

/** A model as requests and answers name it. */
export function readModelName(value: unknown): string | null {
  const name = readText(value)
  return name !== null && RESOURCE.test(name) ? readText(name.replace(RESOURCE, '')) : name
}
