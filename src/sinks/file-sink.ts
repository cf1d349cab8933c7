import path from 'node:path'
import type { RotatingFileStream } from 'rotating-file-stream'
import type { SanitisedEvent } from '../core/event.ts'
import type { Sink } from '../events/sink.ts'

export interface FileSinkOptions {
  /** Missing folders are made. */
  readonly file: string
  /** Bytes after which a new file begins; the old one keeps its name behind a time stamp. */
  readonly maxBytes: number
  /** Rotated files kept; `null` keeps all. */
  readonly maxFiles: number | null
  onFault(name: string, error: unknown): void
}

/** One JSON line for each event, in UTF-8. Opens the file at the first event, and again after a fault. */
export function createFileSink({ file, maxBytes, maxFiles, onFault }: FileSinkOptions): Sink {
  let opening: Promise<RotatingFileStream> | null = null

  async function open(): Promise<RotatingFileStream> {
    const { createStream } = await import('rotating-file-stream')
    const { dir, base } = path.parse(path.resolve(file))
    const stream = createStream(base, { path: dir, size: `${maxBytes}B`, ...(maxFiles !== null && { maxFiles }) })
    stream.on('error', (error) => onFault('log file', error))
    stream.on('warning', (error) => onFault('log file', error))
    return stream
  }

  return {
    name: 'file',
    async write(events) {
      opening ??= open()
      try {
        await append(await opening, toLines(events))
      } catch (error) {
        // A stream that failed stays broken: the next write opens a new one.
        opening = null
        throw error
      }
    },
    async shutdown() {
      const stream = await opening
      opening = null
      if (stream) await new Promise<void>((resolve) => stream.end(() => resolve()))
    },
  }
}

/** One write for the whole batch: with O_APPEND the lines of several processes then do not mix. */
function toLines(events: readonly SanitisedEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

function append(stream: RotatingFileStream, lines: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(lines, (error) => (error ? reject(error) : resolve()))
  })
}
