import { appendFile, open as openFile, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Options, RotatingFileStream } from 'rotating-file-stream'
import { TokenTrackerError, toErrorMessage } from '../core/errors.ts'
import type { SanitisedEvent } from '../core/event.ts'
import type { Sink } from '../events/sink.ts'

export interface FileSinkOptions {
  /** Missing folders are made. */
  readonly file: string
  /** Bytes after which a new file begins; the old one keeps its name behind a time stamp. */
  readonly maxBytes: number
  /** Also begins a new file this often: `1d`, `6h`, `30m`. `null` goes by size only. */
  readonly interval: string | null
  /** Rotated files kept; `null` keeps all. */
  readonly maxFiles: number | null
  /** Compresses rotated files with gzip. */
  readonly compress: boolean
  onFault(name: string, error: unknown): void
}

interface OpenFile {
  readonly stream: RotatingFileStream
  /** Changes when the file is rotated, by us or by another process, or replaced. */
  inode: bigint | null
  /** The lines are in the file and it is being moved away: what fails now concerns them no more. */
  isRotating: boolean
}

/** One JSON line for each event, in UTF-8. Opens the file at the first event, and again after a fault. */
export function createFileSink(options: FileSinkOptions): Sink {
  const file = path.resolve(options.file)
  let current: OpenFile | null = null

  async function open(): Promise<OpenFile> {
    const { createStream } = await import('rotating-file-stream')
    await endTornLine(file)
    const stream = createStream(path.basename(file), { ...toStreamOptions(options), path: path.dirname(file) })
    const opened: OpenFile = { stream, inode: null, isRotating: false }
    stream.on('error', (error) => options.onFault('log file', error))
    stream.on('warning', (error) => options.onFault('log file', error))
    stream.on('rotation', () => (opened.isRotating = true))
    stream.on('rotated', () => Object.assign(opened, { isRotating: false, inode: null }))
    return opened
  }

  /** The file may have been moved away under us (a cluster worker that rotates, logrotate, a removed folder). */
  async function reopenIfMoved(): Promise<OpenFile> {
    // Two processes that rotate at once: the loser's stream is broken, its lines are safe.
    if (current?.stream.destroyed) current = null
    if (current?.inode && (await readInode(file)) !== current.inode) await close()
    current ??= await open()
    return current
  }

  async function close(): Promise<void> {
    const stream = current?.stream
    current = null
    if (stream && !stream.destroyed) await new Promise<void>((resolve) => stream.end(() => resolve()))
  }

  return {
    name: 'file',
    async write(events) {
      const lines = toLines(events)
      try {
        const opened = await reopenIfMoved()
        await checkSpace(path.dirname(file), Buffer.byteLength(lines))
        await append(opened, lines)
        opened.inode ??= await readInode(file)
      } catch (error) {
        // A stream that failed stays broken: the next write opens a new one.
        current?.stream.destroy()
        current = null
        const message = `expected to append to ${file}, got: ${toErrorMessage(error)}. The events wait and are tried again`
        throw new TokenTrackerError('TT_ERR_SINK', message, { cause: error })
      }
    },
    shutdown: close,
  }
}

function toStreamOptions({ maxBytes, interval, maxFiles, compress }: FileSinkOptions): Options {
  return {
    size: `${maxBytes}B`,
    ...(interval !== null && { interval }),
    ...(maxFiles !== null && { maxFiles }),
    ...(compress && { compress: 'gzip' as const }),
  }
}

/** One write for the whole batch: with O_APPEND the lines of several processes then do not mix. */
function toLines(events: readonly SanitisedEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

function append(opened: OpenFile, lines: string): Promise<void> {
  const { stream } = opened
  return new Promise((resolve, reject) => {
    function settle(error?: Error | null): void {
      stream.off('error', settle)
      if (error && !opened.isRotating) reject(error)
      else resolve()
    }
    // A stream that cannot open its file answers no write at all, it only emits the error.
    stream.once('error', settle)
    stream.write(lines, settle)
  })
}

async function readInode(file: string): Promise<bigint | null> {
  try {
    return (await stat(file, { bigint: true })).ino
  } catch {
    return null
  }
}

/** A full disk takes a part of a write without an error; the rest would be lost unnoticed. */
async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: Infinity, bsize: 1 }))
  const free = bavail * bsize
  if (free < needed + bsize) throw new Error(`ENOSPC: ${needed} bytes do not fit on a disk with ${free} bytes free`)
}

/** Behind a line that a dying process did not finish, the next one begins on its own. */
async function endTornLine(file: string): Promise<void> {
  const size = await readTornSize(file)
  if (size === null) return
  // Another process may be in the middle of a long write: only a file that stands still is torn.
  await sleep(SETTLE_MS)
  if ((await readTornSize(file)) === size) await appendFile(file, '\n')
}

const SETTLE_MS = 50
const LINE_FEED = 10

/** Size of a file whose last byte ends no line; `null` for any other, and where there is none. */
async function readTornSize(file: string): Promise<number | null> {
  const handle = await openFile(file, 'r').catch(() => null)
  if (!handle) return null
  try {
    const { size } = await handle.stat()
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(1), position: Math.max(size - 1, 0) })
    return bytesRead === 1 && buffer[0] !== LINE_FEED ? size : null
  } finally {
    await handle.close()
  }
}
