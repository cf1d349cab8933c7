import type { Entity } from './entities.ts'
import { findBirthDates } from './recognisers/birth-date.ts'
import { findCreditCards } from './recognisers/credit-card.ts'
import { findEmails } from './recognisers/email.ts'
import { findIbans } from './recognisers/iban.ts'
import { findNationalIds } from './recognisers/national-id.ts'
import { findIpAddresses, findMacAddresses } from './recognisers/network-address.ts'
import { findPhones } from './recognisers/phone.ts'
import { findSecrets } from './recognisers/secret.ts'
import { findSocialSecurityNumbers } from './recognisers/social-security.ts'
import type { Recogniser } from './recognisers/span.ts'
import { findUrlCredentials } from './recognisers/url-credentials.ts'

export const RECOGNISERS: Readonly<Record<Entity, Recogniser>> = {
  EMAIL: findEmails,
  PHONE: findPhones,
  CREDIT_CARD: findCreditCards,
  IBAN: findIbans,
  SSN: findSocialSecurityNumbers,
  IP: findIpAddresses,
  MAC: findMacAddresses,
  SECRET: findSecrets,
  URL_CREDENTIALS: findUrlCredentials,
  NATIONAL_ID: findNationalIds,
  DATE_OF_BIRTH: findBirthDates,
}
