import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { StreamKind } from '../../src/stream/body-kind.ts'
import { createScanner } from '../../src/stream/scanners/create-scanner.ts'
import { MAX_MESSAGE_BYTES } from '../../src/stream/scanners/scanner.ts'

const MEGABYTE = 1024 * 1024
const MESSAGE_MEGABYTES = 16

/** What opens a message that never seems to end. */
const openings: Record<StreamKind, Buffer> = {
  sse: Buffer.from('data: {"text":"'),
  ndjson: Buffer.from('{"text":"'),
  'json-array': Buffer.from('[{"text":"'),
  'aws-eventstream': createPrelude(MESSAGE_MEGABYTES * MEGABYTE + 12),
}

function createPrelude(totalBytes: number): Buffer {
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(totalBytes, 0)
  prelude.writeUInt32BE(zlib.crc32(prelude.subarray(0, 8)), 8)
  return prelude
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('a scanner', () => {
  it.each(Object.entries(openings))('of %s holds one message of the limit and a margin', (kind, opening) => {
    const chunk = Buffer.alloc(1000, 'x')
    const before = usedBytes()
    let peak = 0
    const scanner = createScanner(kind as StreamKind, { onMessage() {}, onOversize() {}, onMalformed() {} })
    scanner.push(opening)
    for (let sent = 0; sent < MESSAGE_MEGABYTES * MEGABYTE - 2000; sent += chunk.length) {
      scanner.push(chunk)
      if (sent % 100_000 === 0) peak = Math.max(peak, usedBytes() - before)
    }
    // Growing by doubling holds the old and the new buffer for a moment; the rest is garbage of the test itself.
    expect(peak).toBeLessThan(4 * MAX_MESSAGE_BYTES + 8 * MEGABYTE)
  })
})
