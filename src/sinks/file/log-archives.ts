import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compressArchive } from './compress-archive.ts'

export interface LogArchivesOptions {
  /** Absolute path of the file that is written to; its archives lie beside it. */
  readonly file: string
  /** Archives kept, compressed or not; `null` keeps all. */
  readonly maxFiles: number | null
  readonly compress: boolean
  onFault(name: string, error: unknown): void
}

/** What was rotated out of a log file: named, pruned and compressed, by whichever process comes first. */
export interface LogArchives {
  /** A name that no other rotation has, in this process or another; names sort by time. */
  toName(rotatedAt: Date): string
  /** Prunes and compresses in the background, soon. */
  tend(): void
  /** Does so now, and waits for what other processes may still write to. */
  shutdown(): Promise<void>
}

/** Every process looks at the file's inode before each batch: after this time none writes to a rotated file any more. */
export const GRACE_MS = 2_000

export function createLogArchives({ file, maxFiles, compress, onFault }: LogArchivesOptions): LogArchives {
  const folder = path.dirname(file)
  const ending = `-${path.basename(file)}`
  let timer: NodeJS.Timeout | null = null
  let round = Promise.resolve(true)
  let latest = 0

  async function list(): Promise<string[]> {
    const names = await readdir(folder).catch(() => [])
    return names.filter((name) => {
      const plain = name.replace(/\.gz$/, '')
      return plain.endsWith(ending) && ARCHIVE_STAMP.test(plain.slice(0, -ending.length))
    })
  }

  /** An archive may be there in several forms, where compressing it was cut short. */
  async function prune(names: readonly string[]): Promise<readonly string[]> {
    if (maxFiles === null) return names
    const plain = [...new Set(names.map((name) => name.replace(/\.gz$/, '')))].toSorted()
    const surplus = plain.slice(0, Math.max(plain.length - maxFiles, 0)).flatMap((name) => [name, `${name}.gz`])
    const all = [...surplus, ...surplus.map((name) => `${name}.tmp`)]
    await Promise.all(all.map((name) => rm(path.join(folder, name), { force: true })))
    return names.filter((name) => !surplus.includes(name))
  }

  /** Resolves to whether nothing is left to do. */
  async function runRound(): Promise<boolean> {
    let isDone = true
    try {
      const kept = await prune(await list())
      if (!compress) return true
      for (const name of kept) {
        // One after the other: compression shares the processor with the host's requests.
        if (!name.endsWith('.gz')) isDone = (await compressArchive(path.join(folder, name), GRACE_MS)) && isDone
      }
    } catch (error) {
      onFault('log archives', error)
    }
    return isDone
  }

  function tend(): void {
    if (!compress && maxFiles === null) return
    timer ??= setTimeout(
      () => {
        timer = null
        round = round.then(runRound)
        void round.then((isDone) => isDone || tend())
      },
      compress ? GRACE_MS : 0,
    ).unref()
  }

  return {
    toName(rotatedAt) {
      // Two rotations of one millisecond keep their order.
      latest = Math.max(rotatedAt.getTime(), latest + 1)
      const stamp = new Date(latest).toISOString().replace(/[-:Z]/g, '').replace(/[T.]/g, '-')
      return `${stamp}-${randomBytes(3).toString('hex')}${ending}`
    },
    tend,
    async shutdown() {
      if (!compress && maxFiles === null) return
      if (timer) clearTimeout(timer)
      await round
      if (await runRound()) return
      await sleep(GRACE_MS)
      await runRound()
    },
  }
}

/** In UTC, so that names sort by time on the night the clocks go back too. */
const ARCHIVE_STAMP = /^\d{8}-\d{6}-\d{3}-[0-9a-f]{6}$/
