import { setImmediate as nextTurn } from 'node:timers/promises'

/** Tokens between two pauses: 2 ms of work. */
const BATCH = 10_000

/** Tokens in the order of their ranks, one after the other in `bytes`. Ranks that are not in use have the length 0. */
export interface RankedTokens {
  readonly lengths: Uint8Array
  readonly bytes: Uint8Array
}

/** Ranks of a byte pair vocabulary, looked up by a range of bytes. Typed arrays only: 200,000 tokens take 5 MB. */
export interface RankTable {
  /** Rank of the token that `bytes[start, end)` spells, or -1. */
  rankOf(bytes: Uint8Array, start: number, end: number): number
}

/**
 * Open addressing over a power of two of slots, at most half of them taken. The table is built with pauses, as it may have
 * to be built on the event loop.
 */
export async function createRankTable({ lengths, bytes: pool }: RankedTokens): Promise<RankTable> {
  const ends = new Uint32Array(lengths.length)
  const mask = 2 ** Math.ceil(Math.log2(ends.length * 2)) - 1
  // A slot holds rank + 1, so that 0 means empty.
  const slots = new Int32Array(mask + 1)
  let longest = 0
  let begin = 0
  for (const [rank, length] of lengths.entries()) {
    const end = begin + length
    if (length > 0) {
      let slot = toHash(pool, begin, end) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = rank + 1
      longest = Math.max(longest, length)
    }
    ends[rank] = end
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
