import { MessageBuffer } from './message-buffer.ts'
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
  const element = new MessageBuffer(maxMessageBytes)
  const state = createNesting()

  function emit(): void {
    const { bytes, oversize } = element.take()
    if (!state.isObject) return
    if (oversize) onOversize(bytes.toString('utf8'), '')
    else onMessage(bytes.toString('utf8'), '')
  }

  return {
    push(chunk) {
      let start = 0
      let position = 0
      while (position < chunk.length) {
        const inside = state.depth > 1
        position = advance(state, chunk, position)
        if (inside === state.depth > 1) continue
        // The border of an element: `position` is behind the bracket that opened or closed it.
        if (inside) {
          element.add(chunk.subarray(start, position))
          emit()
        } else start = position - 1
      }
      if (state.depth > 1) element.add(chunk.subarray(start))
    },
    end() {
      // An element that broke off has no counts: they stand at its end.
      element.take()
    },
  }
}

interface Nesting {
  /** 1 inside the array, 2 and more inside an element. */
  depth: number
  inString: boolean
  escaped: boolean
  /** Whether the element that was opened last is an object. */
  isObject: boolean
}

function createNesting(): Nesting {
  return { depth: 0, inString: false, escaped: false, isObject: false }
}

/** Reads up to the next border of an element, or to the end of the chunk; answers the position behind it. */
function advance(state: Nesting, chunk: Uint8Array, from: number): number {
  let { depth, inString, escaped } = state
  const inside = depth > 1
  let position = from
  // Plain variables, since this is done for every byte.
  while (position < chunk.length && depth > 1 === inside) {
    const byte = chunk[position++]
    if (inString) {
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth === 2) state.isObject = byte === OPEN_BRACE
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && depth > 0) depth--
  }
  state.depth = depth
  state.inString = inString
  state.escaped = escaped
  return position
}
