import { quote } from '../core/credentials.ts'
import { ConfigurationError } from '../core/errors.ts'
import { findBirthDates } from './recognisers/birth-date.ts'
import { findCreditCards } from './recognisers/credit-card.ts'
import { findEmails } from './recognisers/email.ts'
import { findIbans } from './recognisers/iban.ts'
import type { Recogniser } from './recognisers/matching.ts'
import { findNationalIds } from './recognisers/national-id.ts'
import { findIpAddresses, findMacAddresses } from './recognisers/network-address.ts'
import { findPhones } from './recognisers/phone.ts'
import { findSecrets } from './recognisers/secret.ts'
import { findSocialSecurityNumbers } from './recognisers/social-security.ts'
import { findUrlCredentials } from './recognisers/url-credentials.ts'

/**
 * What can be recognised by its form, the surest first: where two find the same place, the first gives its name. Names of
 * people and street addresses cannot: they are not attempted.
 */
export const RECOGNISERS = {
  EMAIL: findEmails,
  CREDIT_CARD: findCreditCards,
  IBAN: findIbans,
  SSN: findSocialSecurityNumbers,
  IP: findIpAddresses,
  MAC: findMacAddresses,
  SECRET: findSecrets,
  URL_CREDENTIALS: findUrlCredentials,
  NATIONAL_ID: findNationalIds,
  DATE_OF_BIRTH: findBirthDates,
  PHONE: findPhones,
} as const satisfies Record<string, Recogniser>

export type Entity = keyof typeof RECOGNISERS
export const ENTITIES = Object.keys(RECOGNISERS) as readonly Entity[]

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
