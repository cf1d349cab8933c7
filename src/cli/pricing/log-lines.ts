import { createReadStream } from 'node:fs'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { TokenTrackerError, toErrorMessage } from '../../core/errors.ts'
import { createLineSplitter } from '../../stream/scanners/lines.ts'

/** More than any event takes. */
const MAX_LINE_BYTES = 1_048_576
/** Stands for a line that outgrew the cap: like that one it is no event. */
const OVERSIZE_LINE = '…'

/**
 * Lines of usage logs, one file after the other; those named `*.gz` are decompressed. Holds one chunk and one line.
 * @throws TokenTrackerError that names the file which cannot be read to its end
 */
export async function* readLogLines(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    try {
      yield* splitLines(openLog(file))
    } catch (error) {
      const message = `cannot read ${file}: ${toErrorMessage(error)}`
      throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', message, { cause: error })
    }
  }
}

function openLog(file: string): Readable {
  const source = createReadStream(file)
  // The reader of the last stream sees the error of either, so there is nothing left to do for the callback.
  return file.toLowerCase().endsWith('.gz') ? pipeline(source, createGunzip(), () => {}) : source
}

async function* splitLines(bytes: Readable): AsyncGenerator<string> {
  let lines: string[] = []
  const splitter = createLineSplitter({
    maxLineBytes: MAX_LINE_BYTES,
    onLine: (chunk, start, end) => void lines.push(chunk.toString('utf8', start, end)),
    onOversizeLine: () => void lines.push(OVERSIZE_LINE),
  })
  for await (const chunk of bytes) {
    splitter.push(chunk as Buffer)
    yield* lines
    lines = []
  }
  splitter.end()
  yield* lines
}
