import type { WindowCounter } from './bpe-counter.ts'
import { loadEncoding, loadVocabulary, type EncodingName } from './encodings.ts'

/** js-tiktoken's time grows faster than the square of a piece's length: 1 ms for this many characters, 9 s for 10,000. */
const MAX_PIECE = 100

/**
 * Counts with js-tiktoken's own encoder, for comparison. Slow (under 0.1 MB/s where words are long), so it belongs in the
 * worker thread, where the deadline ends what takes too long.
 */
export async function createTiktokenCounter(name: EncodingName): Promise<WindowCounter> {
  const { Tiktoken } = await import('js-tiktoken/lite')
  const tiktoken = new Tiktoken(await loadVocabulary(name))
  const { piece } = await loadEncoding(name)
  return {
    countWindow(text, start, end) {
      let tokens = 0
      for (const part of toSafeParts(text.slice(start, end), piece)) {
        // Without the two lists it throws on special tokens in the text.
        tokens += tiktoken.encode(part, [], []).length
      }
      return tokens
    },
  }
}

/** Cuts inside long pieces only, so that all others count as they would in the whole text. */
function toSafeParts(text: string, piece: RegExp): string[] {
  const parts: string[] = []
  let begin = 0
  for (let from = 0; from < text.length;) {
    piece.lastIndex = from
    const to = piece.test(text) ? piece.lastIndex : text.length
    if (to - from > MAX_PIECE) {
      if (begin < from) parts.push(text.slice(begin, from))
      for (let at = from; at < to; at += MAX_PIECE) parts.push(text.slice(at, Math.min(at + MAX_PIECE, to)))
      begin = to
    }
    from = to
  }
  if (begin < text.length) parts.push(text.slice(begin))
  return parts
}
