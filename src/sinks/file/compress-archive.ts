import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Lines may hold samples of what users wrote: not for everybody on the machine. */
export const LOG_FILE_MODE = 0o640
/** Of a temporary file that nobody has written to for so long the writer is dead. */
const STALE_MS = 60_000

/**
 * Replaces a file that stood still for `graceMs` by its `.gz`. The temporary file is also the lock: the one process that
 * makes it does the work, and gives it its name when it is whole.
 * @returns `false` when it has to wait: somebody may still write to it
 */
export async function compressArchive(file: string, graceMs: number): Promise<boolean> {
  const before = await stat(file).catch(() => null)
  if (before === null) return true
  // The time of the last change is that of the rename, where nothing was written since.
  if (Date.now() - Math.max(before.mtimeMs, before.ctimeMs) < graceMs) return false
  const temporary = `${file}.gz.tmp`
  const output = await lock(temporary)
  if (output === null) return true
  try {
    const { ino } = await output.stat()
    const length = await gzip(file, output)
    const isWhole = (await stat(file)).size === length
    // Where a lock is taken for stale by mistake, nobody gives another's unfinished file its name.
    if (isWhole && (await stat(temporary)).ino === ino) {
      await rename(temporary, `${file}.gz`)
      await rm(file, { force: true })
      return true
    }
    await rm(temporary, { force: true })
    return false
  } catch (error) {
    await rm(temporary, { force: true })
    // Another process was faster: it had compressed or pruned the file before this one had the lock.
    if ((await stat(file).catch(() => null)) === null) return true
    throw error
  } finally {
    await output.close()
  }
}

/** `null` where another process holds it. */
async function lock(temporary: string): Promise<FileHandle | null> {
  const held = await stat(temporary).catch(() => null)
  if (held !== null && Date.now() - held.mtimeMs > STALE_MS) await rm(temporary, { force: true })
  try {
    return await open(temporary, 'wx', LOG_FILE_MODE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw error
  }
}

/** Bytes read. What is written is on the disk before this resolves: the original is removed next. */
async function gzip(file: string, output: FileHandle): Promise<number> {
  const source = createReadStream(file)
  await pipeline(source, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await output.appendFile(chunk)
  })
  await output.sync()
  return source.bytesRead
}
