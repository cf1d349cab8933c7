import { cutText } from '../core/bounded-text.ts'
import { withoutControls } from './controls.ts'

/** Characters that are read beyond the limit, so that what the limit cuts is still recognised as a whole. */
export const SAMPLE_MARGIN = 256
/**
 * Stands at the end of a text that is the beginning of something longer. Unicode keeps noncharacters such as U+FFFF for
 * programs; one that a client sent costs it no more than the end of its text.
 */
export const OPEN_END = '\uffff'

/** No recognised entity with blanks inside is longer: IBAN 42, telephone with extension about 40. */
const MAX_SPACED_ENTITY = 64
const PLACEHOLDER = /\[[A-Z_a-z]{1,20}\]/y
const MAX_PLACEHOLDER_LENGTH = 22
const TOKEN_CHARACTER = /[!-~\u00a0]/

/** Replaces personal data; answers `null` when the text must not be kept. */
export type Redact = (text: string) => string | null

/**
 * At most `maxLength` characters of `text`, without controls and redacted. Cutting first would leave half an address that nothing recognises
 * any more, so text is read up to a margin beyond the limit, redacted, freed of its open tail, and cut last.
 */
export function redactToLength(text: string, maxLength: number, redact: Redact | null): string | null {
  const whole = text.endsWith(OPEN_END) ? text.slice(0, -1) : text
  const head = cutText(whole, maxLength + SAMPLE_MARGIN)
  const readable = withoutControls(head)
  if (redact === null) return cutOutsidePlaceholder(readable, maxLength)
  const redacted = redact(readable)
  if (redacted === null) return null
  return cutOutsidePlaceholder(head.length < text.length ? dropOpenTail(redacted) : redacted, maxLength)
}

/**
 * Without what the end of the raw text may have cut: as much as an entity with blanks can take up, and then to the
 * border of the token. Together never more than the margin, so a text without findings still fills its limit.
 */
function dropOpenTail(text: string): string {
  let end = Math.max(0, text.length - MAX_SPACED_ENTITY)
  const limit = Math.max(0, text.length - SAMPLE_MARGIN)
  while (end > limit && TOKEN_CHARACTER.test(text.charAt(end - 1))) end--
  return cutOutsidePlaceholder(text, end)
}

/** Cuts in front of a placeholder or a surrogate pair that the cut would split. */
function cutOutsidePlaceholder(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const cut = cutText(text, Math.max(0, maxLength))
  const open = cut.lastIndexOf('[')
  if (open < 0 || open < cut.length - MAX_PLACEHOLDER_LENGTH) return cut
  PLACEHOLDER.lastIndex = open
  return PLACEHOLDER.test(text) && PLACEHOLDER.lastIndex > cut.length ? cut.slice(0, open) : cut
}
