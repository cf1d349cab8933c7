import { findClaudeFamily } from './claude-families.ts'
import { gptFamilies } from './gpt-families.ts'
import { UNKNOWN_FAMILY, type ModelFamily } from './model-family.ts'
import { openFamilies } from './open-families.ts'
import { vendorFamilies } from './vendor-families.ts'

/** Names as they stand on the wire. */
export interface ModelNames {
  readonly model: string | null
  readonly provider: string | null
  /** Name of the wire format (`openai-responses`). */
  readonly format?: string | null
}

const families = [...vendorFamilies, ...openFamilies, ...gptFamilies]

/** Longer names say nothing more; the cap bounds what the patterns cost. */
const MAX_NAME_LENGTH = 256

/** The family of the model, else of the provider, as it is served there. By rule, so that new names need no new list. */
export function findModelFamily({ model, provider, format }: ModelNames): ModelFamily {
  const family = findByName(model) ?? findByName(provider) ?? UNKNOWN_FAMILY
  const served = family.served?.find(
    (api) => (api.format ?? format) === format && (api.provider ?? provider) === provider,
  )
  return served ? { ...family, ...served.differs } : family
}

function findByName(name: string | null): ModelFamily | undefined {
  if (name === null) return undefined
  const known = name.slice(0, MAX_NAME_LENGTH).toLowerCase()
  return findClaudeFamily(known) ?? families.find(([pattern]) => pattern.test(known))?.[1]
}
