import { appendFile, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const SETTLE_MS = 50
const LINE_FEED = 10

/** Behind a line that a dying process did not finish, the next one begins on its own. */
export async function endTornLine(file: string): Promise<void> {
  const size = await readTornSize(file)
  if (size === null) return
  // Another process may be in the middle of a long write: only a file that stands still is torn.
  await sleep(SETTLE_MS)
  if ((await readTornSize(file)) === size) await appendFile(file, '\n')
}

/** Size of a file whose last byte ends no line; `null` for any other, and where there is none. */
async function readTornSize(file: string): Promise<number | null> {
  const handle = await open(file, 'r').catch(() => null)
  if (!handle) return null
  try {
    const { size } = await handle.stat()
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(1), position: Math.max(size - 1, 0) })
    return bytesRead === 1 && buffer[0] !== LINE_FEED ? size : null
  } finally {
    await handle.close()
  }
}
