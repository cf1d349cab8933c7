const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
/** What may stand between two messages that were joined: line breaks, and the fields that a line break should precede. */
const BETWEEN = /(?:\s|data:|event:[^\n{]*)*/y
const END_MARK = '[DONE]'

/**
 * The messages of one event that holds several, as senders make it that part events by one line break instead of two (GLM
 * and Kimi behind some hosts), or glue one to the one before. Parted one by one: there may be half a million of them.
 */
export class JoinedMessages {
  readonly #text: string
  #at: number

  constructor(text: string) {
    this.#text = text
    this.#at = nextStart(text, 0)
  }

  /** The next one, as long as `hasMore`. What is no message is the last part, as it is. */
  next(): string {
    const end = messageEnd(this.#text, this.#at)
    const part = this.#text.slice(this.#at, end)
    this.#at = nextStart(this.#text, end)
    return part
  }

  get hasMore(): boolean {
    return this.#at < this.#text.length
  }
}

function nextStart(text: string, from: number): number {
  if (text.charCodeAt(from) === OPEN_BRACE) return from
  BETWEEN.lastIndex = from
  BETWEEN.test(text)
  return BETWEEN.lastIndex
}

/** Index behind the object, or the mark, that starts at `start`; the length of the text where neither does, or it is cut. */
function messageEnd(text: string, start: number): number {
  if (text.startsWith(END_MARK, start)) return start + END_MARK.length
  if (text.charCodeAt(start) !== OPEN_BRACE) return text.length
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = stringEnd(text, at)
    else if (code === OPEN_BRACE) depth++
    else if (code === CLOSE_BRACE && --depth === 0) return at + 1
  }
  return text.length
}

/** Position of the closing quotation mark. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}
