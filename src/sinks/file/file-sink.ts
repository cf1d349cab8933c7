import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { stat, statfs, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Options, RotatingFileStream } from 'rotating-file-stream'
import { TokenTrackerError, toErrorMessage } from '../../core/errors.ts'
import { makeFolder } from '../../delivery/make-folder.ts'
import { toEventJson } from '../../core/records/event-json.ts'
import type { Sink } from '../../delivery/sink.ts'
import { LOG_FILE_MODE } from './compress-archive.ts'
import { createLogArchives } from './log-archives.ts'
import { createLineSlabs, type EncodedLine } from './line-slabs.ts'
import { findLogFileFault } from './log-file-fault.ts'
import { appendToSpecialFile, toStandardDescriptor } from './special-file.ts'
import { endTornLine } from './torn-line.ts'

export interface FileSinkOptions {
  /** Missing folders are made. A device or a pipe (`/dev/stdout`) is written to as it is, and not rotated. */
  readonly file: string
  /** Bytes after which a new file begins; the old one keeps its name behind a time stamp. */
  readonly maxBytes: number
  /** Also begins a new file this often: `1d`, `6h`, `30m`. `null` goes by size only. */
  readonly interval: string | null
  /** Rotated files kept, compressed or not; `null` keeps all. */
  readonly maxFiles: number | null
  /** Compresses rotated files with gzip, once no process writes to them any more. */
  readonly compress: boolean
  onFault(name: string, error: unknown): void
}

interface OpenFile {
  readonly stream: RotatingFileStream
  /** Between two files: what fails now concerns no line that was written before. */
  isRotating: boolean
}

/** One JSON line for each event, in UTF-8. Opens the file at the first event, and again after a fault. */
export function createFileSink(options: FileSinkOptions): Sink<EncodedLine> {
  const file = path.resolve(options.file)
  const archives = createLogArchives({ ...options, file })
  const slabs = createLineSlabs()
  let current: OpenFile | null = null
  const fault = toStandardDescriptor(file) === null ? findLogFileFault(file) : null
  if (fault !== null) options.onFault('log file', `${fault}. Events wait until that is mended`)

  async function open(): Promise<OpenFile> {
    const { createStream } = await import('rotating-file-stream')
    makeFolder(path.dirname(file))
    await endTornLine(file)
    const stream = createStream(
      (time: unknown) => {
        return time instanceof Date ? archives.toName(time) : path.basename(file)
      },
      toStreamOptions(options, file),
    )
    const opened: OpenFile = { stream, isRotating: false }
    let isOpen = false
    stream.on('error', (error) => {
      // What comes before is the fault of whoever wants to write.
      if (isOpen) options.onFault('log file', error)
    })
    stream.on('warning', (error) => options.onFault('log file', error))
    stream.on('rotation', () => (opened.isRotating = true))
    stream.on('rotated', archives.tend)
    stream.on('open', () => (opened.isRotating = false))
    await once(stream, 'open')
    isOpen = true
    archives.tend()
    return opened
  }

  /** The file may have been moved away under us (a cluster worker that rotates, logrotate, a removed folder). */
  async function reopenIfMoved(): Promise<OpenFile> {
    // Two processes that rotate at once: the loser's stream is broken, its lines are safe.
    if (current?.stream.destroyed) current = null
    if (current?.isRotating || (current && !(await isAt(file, current.stream, options.maxBytes)))) await close()
    current ??= await open()
    return current
  }

  async function close(): Promise<void> {
    const stream = current?.stream
    current = null
    if (!stream || stream.destroyed) return
    await new Promise<void>((resolve) => {
      // A stream whose rotation failed tells so instead of ending.
      stream.once('error', () => resolve())
      stream.end(() => resolve())
    })
  }

  async function write(lines: Buffer): Promise<void> {
    if (current === null && (await appendToSpecialFile(file, lines))) return
    const opened = await reopenIfMoved()
    await checkSpace(path.dirname(file), lines.length)
    await append(opened, lines)
    if ((await readOpenFile(opened.stream))?.nlink === 0n) throw new Error('the file was removed while it was written')
  }

  return {
    name: 'file',
    encode: (event) => slabs.encode(toEventJson(event)),
    async write(lines) {
      try {
        // One write for the whole batch: with O_APPEND the lines of several processes then do not mix.
        const joined = slabs.join(lines)
        await write(joined)
        slabs.release(lines, joined)
      } catch (error) {
        // A stream that failed stays broken: the next write opens a new one.
        current?.stream.destroy()
        current = null
        const message = `expected to append to ${file}, got: ${toErrorMessage(error)}. The events wait and are tried again`
        throw new TokenTrackerError('TT_ERR_SINK', message, { cause: error })
      }
    },
    writeSync(lines) {
      const joined = slabs.join(lines)
      appendSync(file, joined)
      slabs.release(lines, joined)
    },
    async shutdown() {
      await close()
      await archives.shutdown()
    },
  }
}

/** Rotates by renaming only: compressing in place would lose what other processes append meanwhile. */
function toStreamOptions({ maxBytes, interval }: FileSinkOptions, file: string): Options {
  return { path: path.dirname(file), size: `${maxBytes}B`, mode: LOG_FILE_MODE, ...(interval !== null && { interval }) }
}

/** Past its size, if need be: the next process begins a new file. */
function appendSync(file: string, lines: Buffer): void {
  const descriptor = toStandardDescriptor(file)
  if (descriptor === null) makeFolder(path.dirname(file))
  appendFileSync(descriptor ?? file, lines, { mode: LOG_FILE_MODE })
}

function append(opened: OpenFile, lines: Buffer): Promise<void> {
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

/** Whether the stream writes to what lies at `file`, and that is not full yet, through other processes' lines too. */
async function isAt(file: string, stream: RotatingFileStream, maxBytes: number): Promise<boolean> {
  const [open, found] = await Promise.all([readOpenFile(stream), stat(file, { bigint: true }).catch(() => null)])
  return open !== null && found !== null && open.ino === found.ino && found.size < maxBytes
}

/** The stream's own handle, which it keeps private: by name one may find the next file, which another process began. */
async function readOpenFile(stream: RotatingFileStream): Promise<{ ino: bigint; nlink: bigint } | null> {
  const handle: unknown = Reflect.get(stream, 'file')
  return (await (handle as FileHandle | undefined)?.stat({ bigint: true }).catch(() => null)) ?? null
}

/** A full disk takes a part of a write without an error; the rest would be lost unnoticed. */
async function checkSpace(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: Infinity, bsize: 1 }))
  const free = bavail * bsize
  if (free < needed + bsize) throw new Error(`ENOSPC: ${needed} bytes do not fit on a disk with ${free} bytes free`)
}
