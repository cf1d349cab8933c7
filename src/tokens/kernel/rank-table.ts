import { setImmediate as nextTurn } from 'node:timers/promises'

/** Tokens between two pauses: 2 ms of work. */
const BATCH = 10_000

/** Ranks of a byte pair vocabulary, looked up by a range of bytes. Typed arrays only: 200,000 tokens take 5 MB. */
export interface RankTable {
  /** Rank of the token that `bytes[start, end)` spells, or -1. */
  rankOf(bytes: Uint8Array, start: number, end: number): number
}

/**
 * Reads the rank lists of js-tiktoken: lines of `! <rank of the first token> <token in base64> <token in base64> ...`.
 * The table has open addressing over a power of two of slots, at most half of them taken. It is built with pauses, as it
 * may have to be built on the event loop.
 */
export async function createRankTable(lists: string): Promise<RankTable> {
  const { bytes: pool, ends } = await readRankLists(lists)
  const mask = 2 ** Math.ceil(Math.log2(ends.length * 2)) - 1
  // A slot holds rank + 1, so that 0 means empty.
  const slots = new Int32Array(mask + 1)
  let longest = 0
  let begin = 0
  for (const [rank, end] of ends.entries()) {
    if (end > begin) {
      let slot = toHash(pool, begin, end) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = rank + 1
      longest = Math.max(longest, end - begin)
    }
    begin = end
    if (rank % BATCH === 0) await nextTurn()
  }

  return {
    rankOf(bytes, start, end) {
      const length = end - start
      if (length > longest) return -1
      for (let slot = toHash(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
        const rank = slots[slot]! - 1
        if (rank < 0) return -1
        const from = rank === 0 ? 0 : ends[rank - 1]!
        if (ends[rank]! - from === length && isSame(pool, from, bytes, start, length)) return rank
      }
    },
  }
}

/** FNV-1a, with the high bits folded in because the slot is taken from the low ones. */
function toHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

function isSame(pool: Uint8Array, from: number, bytes: Uint8Array, start: number, length: number): boolean {
  for (let at = 0; at < length; at++) if (pool[from + at] !== bytes[start + at]) return false
  return true
}

/** All tokens one after the other in `bytes`; token `rank` ends at `ends[rank]`. Ranks that are not in use are empty. */
async function readRankLists(lists: string): Promise<{ bytes: Uint8Array; ends: Uint32Array }> {
  const bytes = new Uint8Array(Math.ceil((lists.length * 3) / 4))
  const ends: number[] = []
  let length = 0
  for (const line of lists.split('\n')) {
    const [mark = '', first = ''] = line.split(' ', 2)
    const rank = Number(first)
    while (ends.length < rank) ends.push(length)
    for (let at = mark.length + first.length + 2; at < line.length;) {
      const space = line.indexOf(' ', at)
      const end = space < 0 ? line.length : space
      length = decodeBase64(line, at, end, bytes, length)
      ends.push(length)
      at = end + 1
      if (ends.length % BATCH === 0) await nextTurn()
    }
  }
  return { bytes: bytes.slice(0, length), ends: Uint32Array.from(ends) }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)))

/** Decodes `text[start, end)` in place and returns the new length: a buffer for each of 200,000 tokens takes 0.1 s. */
function decodeBase64(text: string, start: number, end: number, bytes: Uint8Array, length: number): number {
  let bits = 0
  let count = 0
  for (let at = start; at < end; at++) {
    const digit = DIGITS[text.charCodeAt(at)] ?? -1
    if (digit < 0) break
    bits = (bits << 6) | digit
    count += 6
    if (count < 8) continue
    count -= 8
    bytes[length++] = bits >> count
  }
  return length
}
