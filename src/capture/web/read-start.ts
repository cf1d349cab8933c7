/**
 * Reads the first `maxBytes` of a copy of a body, by whole chunks, and gives the rest up. Giving up is not waited for: it
 * is done only when the other reader of the split stream has ended too.
 */
export async function readStart(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  if (!body) return
  const reader = body.getReader()
  for (let size = 0; size <= maxBytes;) {
    const { done, value } = await reader.read()
    if (done) return
    onChunk(value)
    size += value.length
  }
  reader.cancel().catch(() => {})
}
