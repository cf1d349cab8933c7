import type { RankTable } from './rank-table.ts'

/** Counts the tokens of one piece of text, given as bytes. */
export interface BytePairMerge {
  count(bytes: Uint8Array, length: number): number
}

/** A position fits below this, so that rank and position make one sortable number. */
const POSITIONS = 2 ** 16

/**
 * Joins the neighbours with the lowest rank, the leftmost first, until no two neighbours spell a token. A heap and a
 * linked list keep it at n log n, where scanning for the lowest pair is quadratic and lets one long word stall a server.
 * `maxLength` (in bytes, at most 65,536) sizes the arrays, which are reused from piece to piece.
 */
export function createBytePairMerge(ranks: RankTable, maxLength: number): BytePairMerge {
  if (maxLength > POSITIONS) throw new RangeError(`expected a piece length up to ${POSITIONS}, got ${maxLength}`)
  // Part `p` is bytes[p, next[p]); pair[p] is the rank of it joined with the part after it, -1 when they make no token.
  const next = new Int32Array(maxLength + 1)
  const previous = new Int32Array(maxLength + 1)
  const pair = new Int32Array(maxLength + 1)
  // Every merge adds at most two pairs to the n - 1 first ones.
  const heap = createNumberHeap(3 * maxLength)

  function rate(bytes: Uint8Array, position: number, length: number): void {
    const middle = next[position]!
    const rank = middle >= length ? -1 : ranks.rankOf(bytes, position, next[middle]!)
    pair[position] = rank
    if (rank >= 0) heap.push(rank * POSITIONS + position)
  }

  return {
    count(bytes, length) {
      if (length <= 1 || ranks.rankOf(bytes, 0, length) >= 0) return Math.min(length, 1)
      for (let at = 0; at < length; at++) {
        next[at] = at + 1
        previous[at] = at - 1
      }
      for (let at = 0; at < length; at++) rate(bytes, at, length)
      let parts = length
      for (let lowest = heap.pop(); lowest >= 0; lowest = heap.pop()) {
        const position = lowest % POSITIONS
        // A pair that was rated anew, or whose part is gone, leaves its old entry in the heap.
        if (pair[position] !== (lowest - position) / POSITIONS) continue
        const gone = next[position]!
        const after = next[gone]!
        pair[gone] = -1
        next[position] = after
        if (after < length) previous[after] = position
        parts--
        rate(bytes, position, length)
        if (position > 0) rate(bytes, previous[position]!, length)
      }
      return parts
    },
  }
}

interface NumberHeap {
  push(value: number): void
  /** The lowest value, -1 when empty. */
  pop(): number
}

function createNumberHeap(capacity: number): NumberHeap {
  const values = new Float64Array(capacity)
  let size = 0
  return {
    push(value) {
      let at = size++
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (values[parent]! <= value) break
        values[at] = values[parent]!
        at = parent
      }
      values[at] = value
    },
    pop() {
      if (size === 0) return -1
      const lowest = values[0]!
      const last = values[--size]!
      let at = 0
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && values[child + 1]! < values[child]!) child++
        if (values[child]! >= last) break
        values[at] = values[child]!
        at = child
      }
      values[at] = last
      return lowest
    },
  }
}
