/** A chunk as it was kept: strings as they came, bytes as a copy. */
export type BodyPart = string | Buffer

/** Strings are converted to bytes together: one by one it takes three times as long. */
export function joinParts(parts: readonly BodyPart[]): Buffer {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return toBuffer(first)
  if (parts.every((part) => typeof part === 'string')) return Buffer.from(parts.join(''))
  return Buffer.concat(parts.map(toBuffer))
}

/** Bytes are copied: the writer may use its buffer again, and a small view would keep a large buffer alive. */
export function toPart(chunk: string | Uint8Array, encoding: unknown): BodyPart {
  if (typeof chunk !== 'string') return Buffer.from(chunk)
  if (typeof encoding !== 'string' || encoding === 'utf8' || encoding === 'utf-8') return chunk
  return Buffer.isEncoding(encoding) ? Buffer.from(chunk, encoding) : chunk
}

export function toBuffer(part: BodyPart): Buffer {
  return typeof part === 'string' ? Buffer.from(part) : part
}
