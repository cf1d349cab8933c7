/** A line in UTF-8, with its line break. */
export interface EncodedLine {
  readonly slab: Buffer
  readonly start: number
  readonly end: number
}

/** Some forty lines. */
const SLAB_BYTES = 64 * 1024
/** Of one UTF-16 unit. */
const MAX_UNIT_BYTES = 3
const LINE_BREAK = 0x0a

/**
 * Lays lines behind each other in buffers outside of the heap, where what waits for its write is nothing to collect.
 * `Buffer.from` would put them into a pool that the whole process shares, and each line would hold 8 KiB of others' bytes.
 */
export function createLineEncoder(): (text: string) => EncodedLine {
  let slab = Buffer.allocUnsafeSlow(0)
  let end = 0

  /** Measured only where the most it can take does not fit. */
  function makeRoom(text: string): void {
    if (slab.length - end > MAX_UNIT_BYTES * text.length) return
    const needed = Buffer.byteLength(text) + 1
    if (slab.length - end >= needed) return
    slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, needed))
    end = 0
  }

  return (text) => {
    makeRoom(text)
    const start = end
    end += slab.write(text, end)
    slab[end++] = LINE_BREAK
    return { slab, start, end }
  }
}

/** All lines as one piece: copied once, or not at all where they lie in one slab. */
export function joinLines(lines: readonly EncodedLine[]): Buffer {
  const stretches: Buffer[] = []
  for (let first = 0; first < lines.length;) {
    const { slab, start } = lines[first]!
    let { end } = lines[first++]!
    // They lie in the order in which they were encoded.
    for (; lines[first]?.slab === slab && lines[first]!.start === end; first++) end = lines[first]!.end
    stretches.push(slab.subarray(start, end))
  }
  return stretches.length === 1 ? stretches[0]! : Buffer.concat(stretches)
}
