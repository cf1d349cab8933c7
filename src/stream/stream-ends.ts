import type { StreamKind } from './body-kind.ts'

/** Looked at of the end of a stream: the last few messages, or one that is larger. */
const TAIL_BYTES = 2 * 1024

/**
 * The first message and the last ones of a whole stream, cut at message borders. `null` where the borders cannot be told
 * without reading everything (binary streams, JSON arrays), or where the two would meet.
 */
export function sliceStreamEnds(bytes: Buffer, kind: StreamKind): readonly [Buffer, Buffer] | null {
  const border = borderOf(bytes, kind)
  if (border === null || bytes.length <= TAIL_BYTES) return null
  const firstEnd = bytes.indexOf(border, firstMessageAt(bytes, kind))
  const lastStart = bytes.lastIndexOf(border, bytes.length - TAIL_BYTES)
  if (firstEnd === -1 || lastStart <= firstEnd) return null
  return [bytes.subarray(0, firstEnd + border.length), bytes.subarray(lastStart + border.length)]
}

/** What stands between two messages; of SSE, in the line ends that the stream opens with. */
function borderOf(bytes: Buffer, kind: StreamKind): string | null {
  if (kind === 'ndjson') return '\n'
  if (kind !== 'sse') return null
  const lineEnd = bytes.indexOf('\n')
  return lineEnd > 0 && bytes[lineEnd - 1] === 13 ? '\r\n\r\n' : '\n\n'
}

/** Comments may come before the first message. */
function firstMessageAt(bytes: Buffer, kind: StreamKind): number {
  return kind === 'sse' ? Math.max(0, bytes.indexOf('data:')) : 0
}
