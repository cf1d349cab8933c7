import { quote } from '../core/credentials.ts'
import { ConfigurationError } from '../core/errors.ts'

/**
 * What can be recognised by its form, the surest first: where two find the same place, the first gives its name. Names of people and street addresses cannot: they are not attempted.
 */
export const ENTITIES = [
  'EMAIL',
  'CREDIT_CARD',
  'IBAN',
  'SSN',
  'IP',
  'MAC',
  'SECRET',
  'URL_CREDENTIALS',
  'NATIONAL_ID',
  'DATE_OF_BIRTH',
  'PHONE',
] as const
export type Entity = (typeof ENTITIES)[number]

/** The chosen entities, all of them for `null`. Throws a ConfigurationError on a name that is not one. */
export function readEntities(names: readonly string[] | null): readonly Entity[] {
  if (names === null) return ENTITIES
  const chosen = names.map((name) => name.trim().toUpperCase())
  const unknown = chosen.filter((name) => !ENTITIES.some((entity) => entity === name))
  if (unknown.length > 0) {
    throw new ConfigurationError([
      {
        name: 'TOKEN_TRACKER_REDACT_ENTITIES',
        problem: `expected a list of ${ENTITIES.join(', ')}, got ${unknown.map(quote).join(', ')}`,
      },
    ])
  }
  return ENTITIES.filter((entity) => chosen.includes(entity))
}
