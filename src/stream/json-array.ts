import { createMessageBuffer } from './message-buffer.ts'
import { MAX_MESSAGE_BYTES, type Scanner, type ScannerOptions } from './scanner.ts'

const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * One JSON array that is streamed element by element (Gemini without `alt=sse`). Hands on the elements that are objects,
 * as soon as they are whole. Only brackets and strings matter for that, so bytes can be read without decoding them.
 */
export function createJsonArrayScanner(options: ScannerOptions): Scanner {
  const { onMessage, onOversize, maxMessageBytes = MAX_MESSAGE_BYTES } = options
  const element = createMessageBuffer(maxMessageBytes)
  /** 1 inside the array, 2 and more inside an element. */
  let depth = 0
  let inString = false
  let escaped = false
  let isObject = false

  function emit(): void {
    const { bytes, oversize } = element.take()
    if (!isObject) return
    if (oversize) onOversize(bytes.toString('utf8'), '')
    else onMessage(bytes.toString('utf8'), '')
  }

  return {
    push(chunk) {
      let start = 0
      for (let index = 0; index < chunk.length; index++) {
        const byte = chunk[index]
        if (inString) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) inString = false
        } else if (byte === QUOTE) inString = true
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
          if (++depth !== 2) continue
          start = index
          isObject = byte === OPEN_BRACE
        } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && depth > 0 && --depth === 1) {
          element.add(chunk.subarray(start, index + 1))
          emit()
        }
      }
      if (depth > 1) element.add(chunk.subarray(start))
    },
    end() {
      // An element that broke off has no counts: they stand at its end.
      element.take()
    },
  }
}
