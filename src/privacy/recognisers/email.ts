import type { Recogniser } from './matching.ts'

/** RFC 5321, 4.5.3.1: octets of the local part and of the domain. */
const MAX_LOCAL_LENGTH = 64
const MAX_DOMAIN_LENGTH = 253

/** The at sign, and the one of double width. */
const AT_SIGN = /[@\uff20]/g
/**
 * Letters of alphabets that put spaces between words. Chinese and Japanese prose runs into the address without one, so
 * its letters end it. Quotes, brackets, `=`, `/` and `&` may stand in a local part but nearly always stand around it.
 */
const LOCAL_CHARACTER = /[\w.!#$%'+^~\u00c0-\u1fff-]/
const DOMAIN_CHARACTER = /[A-Za-z0-9.\u00c0-\u1fff-]/
const NAME_CHARACTER = /[\w\u00c0-\u1fff]/
const TOP_LEVEL_DOMAIN = /^(?:xn--[a-z0-9-]{1,59}|[a-z\u00c0-\u1fff]{2,63})/i
const USER_OF_URL = /:\/\/[^\s/]{0,60}:$/
/** `logo@2x.png` and `user@1000.service` look like addresses. */
const FILE_EXTENSION = /^(?:png|jpe?g|gif|svg|webp|avif|service|socket)$/i

/** E-mail addresses, found by their at sign and walked from there: each character is looked at a bounded number of times. */
export const findEmails: Recogniser = (text, onRange) => {
  AT_SIGN.lastIndex = 0
  for (let match = AT_SIGN.exec(text); match !== null; match = AT_SIGN.exec(text)) {
    const start = walkLocalPart(text, match.index)
    const end = walkDomain(text, match.index + match[0].length)
    if (start < match.index && end !== null && !isRemoteLogin(text, start, match.index)) onRange(start, end)
  }
}

function walkLocalPart(text: string, at: number): number {
  const limit = Math.max(0, at - MAX_LOCAL_LENGTH)
  let start = at
  while (start > limit && LOCAL_CHARACTER.test(text.charAt(start - 1))) start--
  while (start < at && !NAME_CHARACTER.test(text.charAt(start))) start++
  return start
}

/** End of the longest valid domain, `null` when there is none: at least two labels, the last one of letters. */
function walkDomain(text: string, start: number): number | null {
  const limit = Math.min(text.length, start + MAX_DOMAIN_LENGTH)
  let end = start
  while (end < limit && DOMAIN_CHARACTER.test(text.charAt(end))) end++
  const labels = text.slice(start, end).split('.')
  const count = labels.includes('') ? labels.indexOf('') : labels.length
  for (let last = count - 1; last > 0; last--) {
    const found = TOP_LEVEL_DOMAIN.exec(labels[last] ?? '')?.[0]
    if (found === undefined) continue
    if (last === 1 && FILE_EXTENSION.test(found)) return null
    return start + labels.slice(0, last).join('.').length + 1 + found.length
  }
  return null
}

/** `git@github.com:owner/name` is the same for everybody; `scheme://user:password@host` is no address. */
function isRemoteLogin(text: string, start: number, at: number): boolean {
  if (text[start - 1] === ':') return USER_OF_URL.test(text.slice(Math.max(0, start - MAX_LOCAL_LENGTH), start))
  return text.slice(start, at) === 'git'
}
