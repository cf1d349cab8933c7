/**
 * What a terminal or a log viewer obeys instead of showing it: C0 and C1 controls, DEL, separators of lines and paragraphs,
 * marks and overrides of writing direction; and noncharacters, which are no text.
 */
const CONTROL =
  /\r\n?|(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\p{Noncharacter_Code_Point}]/gu
const LINE_BREAK = /[\r\v\f\x85\u2028\u2029]/

/**
 * The text as one reads it, so that no sink need escape it for its readers: breaks of every kind are `\n`, tabs stay, other
 * controls are left out. It comes before redaction, which must see what readers see.
 */
export function withoutControls(text: string): string {
  return mayHoldControls(text) ? text.replace(CONTROL, (control) => (LINE_BREAK.test(control) ? '\n' : '')) : text
}

/** Every text of every event is asked: a loop takes a third of the time of the pattern. */
function mayHoldControls(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 ? code !== 0x09 && code !== 0x0a : code > 0x7e && mayBeControl(code)) return true
  }
  return false
}

function mayBeControl(code: number): boolean {
  return code < 0xa0 || code === 0x061c || (code > 0x200d && code < 0x2070) || code > 0xd7ff
}
