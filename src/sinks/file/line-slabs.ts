/** A buffer outside of the heap in which lines lie behind each other. */
interface Slab {
  readonly bytes: Buffer
  end: number
  /** Lines in it that are not written yet. */
  waiting: number
}

/** A line in UTF-8, with its line break. */
export interface EncodedLine {
  readonly slab: Slab
  readonly start: number
  readonly end: number
  isWritten: boolean
}

/**
 * What waits for its write, where it is nothing to collect for long. `Buffer.from` would put lines into a pool that the
 * whole process shares, and each of them would hold 8 KiB of others' bytes.
 */
export interface LineSlabs {
  encode(text: string): EncodedLine
  /** A copy of all lines as one piece, which stays as it is whatever becomes of their slabs. */
  join(lines: readonly EncodedLine[]): Buffer
  /** The lines are safe: their places, and that of this copy, are for others. A line may come again, with another copy. */
  release(lines: readonly EncodedLine[], joined: Buffer): void
}

/** Some forty lines. */
const SLAB_BYTES = 64 * 1024
/** Kept for others: what some batches of the largest size take. */
const MAX_FREE = 16
const MAX_SPARE_BYTES = 2 * 1024 * 1024
/** Of one UTF-16 unit. */
const MAX_UNIT_BYTES = 3
const LINE_BREAK = 0x0a

export function createLineSlabs(): LineSlabs {
  const free: Slab[] = []
  let current = createSlab(SLAB_BYTES)
  /** Of the copies: given back when its lines are safe, and never by a write that failed, which may still be reading it. */
  let spare: Buffer = EMPTY

  /** The slab with room for a text; measured only where the most it can take does not fit. */
  function findRoom(text: string): Slab {
    if (current.bytes.length - current.end > MAX_UNIT_BYTES * text.length) return current
    const needed = Buffer.byteLength(text) + 1
    if (current.bytes.length - current.end >= needed) return current
    if (needed > SLAB_BYTES) return createSlab(needed)
    current = free.pop() ?? createSlab(SLAB_BYTES)
    return current
  }

  return {
    encode(text) {
      const slab = findRoom(text)
      const start = slab.end
      slab.end += slab.bytes.write(text, start)
      slab.bytes[slab.end++] = LINE_BREAK
      slab.waiting++
      return { slab, start, end: slab.end, isWritten: false }
    },
    join(lines) {
      const size = lines.reduce((sum, { start, end }) => sum + end - start, 0)
      const copy = spare.length < size ? Buffer.allocUnsafeSlow(size + SLAB_BYTES) : spare
      spare = EMPTY
      let end = 0
      for (const [first, last] of toStretches(lines)) end += first.slab.bytes.copy(copy, end, first.start, last.end)
      return copy.subarray(0, end)
    },
    release(lines, joined) {
      if (joined.buffer.byteLength <= MAX_SPARE_BYTES) spare = Buffer.from(joined.buffer)
      for (const line of lines) {
        const { slab } = line
        if (line.isWritten) continue
        line.isWritten = true
        slab.waiting--
        if (slab.waiting > 0 || slab === current) continue
        slab.end = 0
        if (slab.bytes.length === SLAB_BYTES && free.length < MAX_FREE) free.push(slab)
      }
    },
  }
}

function createSlab(size: number): Slab {
  return { bytes: Buffer.allocUnsafeSlow(size), end: 0, waiting: 0 }
}

const EMPTY = Buffer.alloc(0)

/** First and last of the lines that lie behind each other: they do in the order in which they were encoded. */
function* toStretches(lines: readonly EncodedLine[]): Generator<readonly [EncodedLine, EncodedLine], void> {
  for (let next = 0; next < lines.length;) {
    const first = lines[next++]!
    let last = first
    for (; lines[next]?.slab === first.slab && lines[next]!.start === last.end; next++) last = lines[next]!
    yield [first, last]
  }
}
