/**
 * What a terminal or a log viewer obeys instead of showing it: C0 and C1 controls, DEL, separators of lines and paragraphs,
 * marks and overrides of writing direction; and noncharacters, which are no text.
 */
const CONTROL =
  /\r\n?|[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]/g
const LINE_BREAK = /[\r\x0b\x0c\x85\u2028\u2029]/

/**
 * The text as one reads it, so that no sink need escape it for its readers: breaks of every kind are `\n`, tabs stay, other
 * controls are left out. It comes before redaction, which must see what readers see.
 */
export function withoutControls(text: string): string {
  CONTROL.lastIndex = 0
  if (!CONTROL.test(text)) return text
  return text.replace(CONTROL, (control) => (LINE_BREAK.test(control) ? '\n' : ''))
}
