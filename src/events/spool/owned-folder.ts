import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { parseJson, readNumber, readObject, readText } from '../../core/json.ts'
import { getShared } from '../../core/registry.ts'

/** A folder inside the spool folder that belongs to one tracker of one process. */
export interface OwnedFolder {
  readonly path: string
  /** Takes over the folders of processes that are gone. Each is taken by one taker only, however many start at once. */
  adoptOrphans(): string[]
  /** Deletes the folder, when nothing is left in it but the owner's mark. */
  release(): void
}

const OWNER_FILE = 'owner.json'
const HEARTBEAT_MS = 10_000
/** Where it cannot be told whether a process lives (another host on a shared disk), silence for so long means dead. */
const SILENCE_MS = 60_000

export function createOwnedFolder(root: string): OwnedFolder {
  const own = path.join(root, `${process.pid}-${randomUUID()}`)
  const living = getShared('spool-folders', () => new Set<string>())
  mkdirSync(own, { recursive: true })
  writeFileSync(
    path.join(own, OWNER_FILE),
    JSON.stringify({ hostname: hostname(), pid: process.pid, born: bornAt(process.pid) }),
  )
  living.add(own)
  const heartbeat = setInterval(() => touch(path.join(own, OWNER_FILE)), HEARTBEAT_MS)
  heartbeat.unref()

  return {
    path: own,
    adoptOrphans() {
      const adopted: string[] = []
      for (const name of readdirSync(root)) {
        const folder = path.join(root, name)
        if (living.has(folder) || !existsSync(path.join(folder, OWNER_FILE)) || isOwnerAlive(folder)) continue
        const taken = path.join(own, `adopted-${name}`)
        if (tryRename(folder, taken)) adopted.push(taken)
      }
      return adopted
    },
    release() {
      clearInterval(heartbeat)
      if (!living.delete(own)) return
      if (readdirSync(own).every((name) => name === OWNER_FILE)) rmSync(own, { recursive: true, force: true })
    },
  }
}

function isOwnerAlive(folder: string): boolean {
  const owner = readObject(parseJson(readFileSync(path.join(folder, OWNER_FILE), 'utf8')))
  const pid = readNumber(owner['pid'])
  if (readText(owner['hostname']) !== hostname() || pid === null) return !isSilent(folder)
  // A process number is used again, in a container at every start; the time of birth tells two bearers apart.
  if (pid === process.pid) return false
  return isRunning(pid) && bornAt(pid) === readText(owner['born'])
}

function isSilent(folder: string): boolean {
  return Date.now() - statSync(path.join(folder, OWNER_FILE)).mtimeMs > SILENCE_MS
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Start of a process in clock ticks since boot (proc(5), field 22), `null` where the system does not tell. */
function bornAt(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch {
    return false
  }
}

function touch(file: string): void {
  try {
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // The folder is gone; appending reports it.
  }
}
