import { createBytePairMerge } from './byte-pair-merge.ts'
import type { Encoding } from './encoding.ts'
import { MAX_WINDOW, toWindowEnd } from './text-windows.ts'

/** Counts texts window by window, so that the caller may pause between two of them. */
export interface WindowCounter {
  /** Tokens of `text[start, end)`, at most `MAX_WINDOW` characters. */
  countWindow(text: string, start: number, end: number): number
}

/** A UTF-16 unit takes at most three bytes. */
const MAX_BYTES = 3 * MAX_WINDOW

/**
 * Counts as `encode_ordinary` of tiktoken would, without making tokens: special tokens in the text are plain text, and a
 * lone surrogate is U+FFFD. Keeps nothing of what it counted.
 */
export function createBpeCounter({ ranks, piece }: Encoding): WindowCounter {
  const bytes = new Uint8Array(MAX_BYTES)
  const merge = createBytePairMerge(ranks, MAX_BYTES)
  return {
    countWindow(text, start, end) {
      const window = text.slice(start, end)
      let tokens = 0
      let from = 0
      while (from < window.length) {
        piece.lastIndex = from
        // The patterns match any character; should one ever not, the rest counts as one piece.
        const to = piece.test(window) ? piece.lastIndex : window.length
        tokens += merge.count(bytes, writeUtf8(window, from, to, bytes))
        from = to
      }
      return tokens
    },
  }
}

/** Tokens of a whole text, in one go. For threads that may be busy. */
export function countAll(counter: WindowCounter, text: string): number {
  let tokens = 0
  for (let start = 0; start < text.length;) {
    const end = toWindowEnd(text, start, MAX_WINDOW)
    tokens += counter.countWindow(text, start, end)
    start = end
  }
  return tokens
}

/** Writes `text[start, end)` and returns the number of bytes. By hand, as pieces are too short for a call into TextEncoder. */
function writeUtf8(text: string, start: number, end: number, bytes: Uint8Array): number {
  let length = 0
  for (let at = start; at < end; at++) {
    let code = text.charCodeAt(at)
    if (code < 0x80) {
      bytes[length++] = code
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 && at + 1 < end ? text.charCodeAt(at + 1) : 0
      const isPair = low >= 0xdc00 && low <= 0xdfff
      code = isPair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd
      if (isPair) at++
    }
    if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6)
    } else {
      if (code < 0x10000) {
        bytes[length++] = 0xe0 | (code >> 12)
      } else {
        bytes[length++] = 0xf0 | (code >> 18)
        bytes[length++] = 0x80 | ((code >> 12) & 0x3f)
      }
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f)
    }
    bytes[length++] = 0x80 | (code & 0x3f)
  }
  return length
}
