import { withoutControls } from '../controls.ts'
import { ENTITIES } from '../entities.ts'
import type { Recogniser } from './matching.ts'

/** Identities known for one request, each as it came: escaped ones are read. They never leave the process. */
export interface KnownIdentity {
  readonly userId: string | null
  readonly email: string | null
  readonly name: string | null
  readonly ip: string | null
  readonly sessionId: string | null
  readonly conversationId: string | null
}

export const KNOWN_LABELS = {
  userId: 'USER_ID',
  email: 'EMAIL',
  name: 'NAME',
  ip: 'IP',
  sessionId: 'SESSION_ID',
  conversationId: 'CONVERSATION_ID',
} as const satisfies Record<keyof KnownIdentity, string>

/** Shorter values, such as the user `7`, occur in any text by chance. */
const MIN_LENGTH = 3
/** Two characters of a script without small alphabets are a name already. */
const MIN_LENGTH_BEYOND_LATIN = 2
/** Of a longer value its beginning is looked for, and replaced with all that follows without a blank. */
const MAX_LENGTH = 512
const BEYOND_LATIN = /[^\0-\u024f]/
/** `encodeURIComponent` throws on these. */
const LONE_SURROGATES = /\p{Surrogate}/gu
const BEYOND_ASCII = /[^ -~]/g
const BLANK = /\s/g
const LETTER_OR_DIGIT = /[A-Za-z0-9]/
/** What replaced values read: a user called `email` is not looked for in them. */
const PLACEHOLDERS: readonly string[] = [...ENTITIES, ...Object.values(KNOWN_LABELS)].map((label) => `[${label}]`)
const MAX_PLACEHOLDER_LENGTH = Math.max(...PLACEHOLDERS.map(({ length }) => length))
/** What a cut may have left of an escape. */
const OPEN_ESCAPE = /%[0-9a-f]?$/i

/** Occurrences of one value, in any case, as whole words, also as URLs and form data write it. */
export function findKnownValue(value: string): Recogniser | null {
  const isPart = value.length > MAX_LENGTH
  const given = withoutControls(value.slice(0, MAX_LENGTH)).trim()
  const plain = decode(given)
  const minLength = BEYOND_LATIN.test(plain) ? MIN_LENGTH_BEYOND_LATIN : MIN_LENGTH
  if (plain.length < minLength) return null
  const forms = [...new Set([given, ...toForms(plain)].map(toLowerCase))]
  return (text, onRange) => {
    const searched = toLowerCase(text)
    for (const form of forms) {
      let end = 0
      for (let at = searched.indexOf(form); at !== -1; at = searched.indexOf(form, end)) {
        end = isPart ? endOfToken(searched, at + form.length) : at + form.length
        const isWhole = !continues(searched, at - 1, at) && !continues(searched, end - 1, end)
        if (isWhole && !isInPlaceholder(text, at, end)) onRange(at, end)
      }
    }
  }
}

/**
 * As people, URLs and JSON inside JSON write it; the other escapes are read by those who search. Accents are one character
 * or two; a blank may be escaped, a plus sign, or stay where the rest is escaped.
 */
function toForms(plain: string): string[] {
  const spellings = new Set([plain, plain.normalize('NFC'), plain.normalize('NFD')])
  return [...spellings].flatMap((spelling) => {
    const encoded = encodeURIComponent(spelling.replace(LONE_SURROGATES, '\ufffd'))
    const once = toJsonText(spelling)
    const twice = toJsonText(once)
    const inAscii = once.replace(BEYOND_ASCII, toUnicodeEscape)
    const inJson = [once, twice, toJsonText(twice), inAscii, toJsonText(inAscii)]
    return [spelling, encoded, encoded.replaceAll('%20', '+'), encoded.replaceAll('%20', ' '), ...inJson]
  })
}

function toJsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function toUnicodeEscape(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Proxies escape names, because headers hold no more than Latin-1. What is not escaped, or not whole, stays. */
function decode(given: string): string {
  if (!given.includes('%')) return given
  try {
    return decodeURIComponent(given.replace(OPEN_ESCAPE, '')).trim()
  } catch {
    return given
  }
}

function endOfToken(text: string, from: number): number {
  BLANK.lastIndex = from
  return BLANK.exec(text)?.index ?? text.length
}

function isInPlaceholder(text: string, start: number, end: number): boolean {
  const from = Math.max(0, start - MAX_PLACEHOLDER_LENGTH)
  const open = from + text.slice(from, start).lastIndexOf('[')
  return PLACEHOLDERS.some((placeholder) => end < open + placeholder.length && text.startsWith(placeholder, open))
}

function continues(text: string, left: number, right: number): boolean {
  return LETTER_OR_DIGIT.test(text.charAt(left)) && LETTER_OR_DIGIT.test(text.charAt(right))
}

/**
 * Keeps every position: the one letter whose lower case is longer (U+0130) becomes the plain one. The last answer is kept,
 * for all values of a request are looked for in one text.
 */
function toLowerCase(text: string): string {
  if (text === lastText) return lastLowerCase
  lastLowerCase = (text.includes('\u0130') ? text.replaceAll('\u0130', 'i') : text).toLowerCase()
  lastText = text
  return lastLowerCase
}

let lastText = ''
let lastLowerCase = ''
