import type { Recogniser } from './span.ts'

/** Identities known for one request. They never leave the process. */
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
const MAX_LENGTH = 512
const BEYOND_LATIN = /[^\0-\u024f]/
/** `encodeURIComponent` throws on these. */
const LONE_SURROGATE = /\p{Surrogate}/u
const LETTER_OR_DIGIT = /[A-Za-z0-9]/

/** Verbatim occurrences of one value, in any case, as whole words, also as URLs write it. */
export function findKnownValue(value: string): Recogniser | null {
  const wanted = value.trim().slice(0, MAX_LENGTH).toLowerCase()
  const minLength = BEYOND_LATIN.test(wanted) ? MIN_LENGTH_BEYOND_LATIN : MIN_LENGTH
  if (wanted.length < minLength) return null
  const encoded = LONE_SURROGATE.test(wanted) ? wanted : encodeURIComponent(wanted).toLowerCase()
  const forms = encoded === wanted ? [wanted] : [wanted, encoded]
  return (text, onRange) => {
    // Lower-casing keeps positions but for a few letters such as U+0130; then the case must agree.
    const lowered = text.toLowerCase()
    const searched = lowered.length === text.length ? lowered : text
    for (const form of forms) {
      for (let at = searched.indexOf(form); at !== -1; at = searched.indexOf(form, at + form.length)) {
        if (isWholeWord(searched, at, at + form.length)) onRange(at, at + form.length)
      }
    }
  }
}

function isWholeWord(text: string, start: number, end: number): boolean {
  return !continues(text, start - 1, start) && !continues(text, end - 1, end)
}

function continues(text: string, left: number, right: number): boolean {
  return LETTER_OR_DIGIT.test(text.charAt(left)) && LETTER_OR_DIGIT.test(text.charAt(right))
}
