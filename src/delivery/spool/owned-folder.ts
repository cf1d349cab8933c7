import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import type { Guard } from '../../core/guard.ts'
import { describeOwner, isOwnerAlive } from './owner.ts'
import { toSystemCode } from './temporary-fault.ts'

export const SEGMENT_EXTENSION = '.spool'

export interface AdoptedFile {
  readonly path: string
  /** Last write, in milliseconds since 1970. */
  readonly writtenAt: number
}

/** A folder inside the spool folder that belongs to one tracker of one process. */
export interface OwnedFolder {
  /** Makes the folder and its mark, at the start and whenever somebody removed them. @throws when that is impossible */
  ensure(): void
  /** A path for a new segment. By name they sort by age, and no two are ever the same. */
  newSegmentPath(writtenAt: number): string
  /** Tells others that the owner lives. */
  touch(): void
  /** Takes over the folders of owners that are gone. Each is taken by one taker only, however many start at once. */
  adoptOrphans(): void
  /** Segments in folders taken over and not yet moved out of them, now or in an earlier attempt; oldest first. */
  listAdopted(): AdoptedFile[]
  /** Deletes the folders taken over that are empty; a folder that still holds a segment stays. */
  removeEmptied(): void
  /** Deletes the folder when it holds no segment, else gives it up to whoever comes next. */
  release(): void
}

/** The mark: whose folder this is. Renamed when the owner is done with it, which needs no space on a full disk. */
const OWNER_FILE = 'owner.json'
const RELEASED_FILE = 'released.json'
const ADOPTED_PREFIX = 'adopted-'
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

export function createOwnedFolder(root: string, guard: Guard): OwnedFolder {
  const own = path.join(root, `${process.pid}-${randomUUID()}`)
  const mark = path.join(own, OWNER_FILE)
  const adoptedFolders = () => listNames(own).filter((name) => name.startsWith(ADOPTED_PREFIX))

  function ensure(): void {
    if (existsSync(mark)) return
    mkdirSync(own, { recursive: true, mode: FOLDER_MODE })
    const draft = `${mark}.draft`
    try {
      writeFileSync(draft, JSON.stringify(describeOwner()), { mode: FILE_MODE })
    } catch (error) {
      // On a full disk there often is room for a name still. An empty mark says by its age alone whether its owner lives.
      if (!existsSync(draft)) throw error
      truncateSync(draft)
    }
    // Renamed when done: nobody ever reads half a mark.
    renameSync(draft, mark)
  }

  function adopt(name: string): void {
    const orphan = path.join(root, name)
    if (orphan === own || !isOrphan(orphan)) return
    ensure()
    renameSync(orphan, path.join(own, `${ADOPTED_PREFIX}${name}`))
  }

  function listSegments(folder: string): AdoptedFile[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(SEGMENT_EXTENSION))
      .map((name) => path.join(folder, name))
      .map((file) => ({ path: file, writtenAt: statSync(file).mtimeMs }))
  }

  return {
    ensure,
    newSegmentPath(writtenAt) {
      return path.join(own, `${String(Math.trunc(writtenAt)).padStart(15, '0')}-${randomUUID()}${SEGMENT_EXTENSION}`)
    },
    touch() {
      ensure()
      const now = new Date()
      utimesSync(mark, now, now)
    },
    adoptOrphans() {
      for (const name of listNames(root)) skipVanished(() => adopt(name), guard)
    },
    listAdopted() {
      const folders = adoptedFolders().map((name) => path.join(own, name))
      const files = folders.flatMap((folder) => guard.run('spool', () => listSegments(folder), []))
      return files.toSorted((a, b) => a.writtenAt - b.writtenAt)
    },
    removeEmptied() {
      for (const name of adoptedFolders()) {
        guard.run('spool', () => removeWithoutSegments(path.join(own, name)), undefined)
      }
    },
    release() {
      if (!removeWithoutSegments(own) && existsSync(mark)) renameSync(mark, path.join(own, RELEASED_FILE))
    },
  }
}

function isOrphan(folder: string): boolean {
  if (existsSync(path.join(folder, RELEASED_FILE))) return true
  const mark = path.join(folder, OWNER_FILE)
  return existsSync(mark) && !isOwnerAlive(mark)
}

function listNames(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

/** Between finding a folder and taking it, another taker may have been faster: that is how it should be. */
function skipVanished(action: () => void, guard: Guard): void {
  try {
    action()
  } catch (error) {
    if (toSystemCode(error) !== 'ENOENT') guard.report('spool', error)
  }
}

/** Deletes marks and empty folders, and nothing else: whatever a folder holds that is not known to be done with stays. */
function removeWithoutSegments(folder: string): boolean {
  if (!existsSync(folder)) return true
  const entries = readdirSync(folder, { withFileTypes: true })
  let isEmpty = true
  for (const entry of entries) {
    if (entry.isDirectory()) isEmpty = removeWithoutSegments(path.join(folder, entry.name)) && isEmpty
    else isEmpty = isMark(entry.name) && isEmpty
  }
  if (!isEmpty) return false
  for (const entry of entries) if (isMark(entry.name)) rmSync(path.join(folder, entry.name), { force: true })
  rmdirSync(folder)
  return true
}

function isMark(name: string): boolean {
  return name.startsWith(OWNER_FILE) || name === RELEASED_FILE
}
