import { inspect } from 'node:util'

const SCHEME = /^[a-z][a-z0-9+.-]*:\/{1,2}/i

/**
 * A message without what stands before the last at sign of each address in it: `https://user:password@host` says
 * `https://***@host`, also where the address is none because of what its password holds.
 */
export function withoutCredentials(message: string): string {
  return message.includes('://') && message.includes('@') ? message.replaceAll(/\S+/g, maskWord) : message
}

function maskWord(word: string): string {
  const start = word.indexOf('://') + 3
  const end = word.lastIndexOf('@')
  return start > 2 && end > start ? `${word.slice(0, start)}***${word.slice(end)}` : word
}

/** A value without everything before its last at sign: spaces and slashes too, for nobody knows where its user begins. */
export function maskUser(value: string): string {
  const end = value.lastIndexOf('@')
  const [scheme = ''] = SCHEME.exec(value) ?? []
  return end > scheme.length ? `${scheme}***${value.slice(end)}` : value
}

/** A port that is no number may be a password whose at sign was forgotten. */
const ODD_PORT = /^([a-z][a-z0-9+.-]*:\/{1,2}[^/:\s[\]@]*:)(?!\d{1,5}(?:[/?#]|$)).+$/is

const MAX_QUOTE_LENGTH = 80

/** A faulty value, as an error shows it: as JSON, short, and without credentials. */
export function quote(value: unknown): string {
  const shown = typeof value === 'string' ? maskUser(value).replace(ODD_PORT, '$1***') : value
  const text = withoutCredentials(toText(shown))
  return text.length > MAX_QUOTE_LENGTH ? `${text.slice(0, MAX_QUOTE_LENGTH)}…` : text
}

function toText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? inspect(value)
  } catch {
    return inspect(value)
  }
}
