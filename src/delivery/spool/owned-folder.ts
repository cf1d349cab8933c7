import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { makeFolder } from '../make-folder.ts'
import { OWNER_FILE, RELEASED_FILE, removeWithoutSegments, SEGMENT_EXTENSION } from './folder.ts'
import { describeOwner } from './owner.ts'

/** A folder inside the spool folder that belongs to one tracker of one process. */
export interface OwnedFolder {
  readonly path: string
  /** Makes the folder and its mark, at the start and whenever somebody removed them. @throws when that is impossible */
  ensure(): void
  /** A path for a new segment. By name they sort by age, and no two are ever the same. */
  newSegmentPath(writtenAt: number): string
  /** Tells others that the owner lives. */
  touch(): void
  /** Deletes the folder when it holds no segment, else gives it up to whoever comes next. */
  release(): void
}

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

export function createOwnedFolder(root: string): OwnedFolder {
  const own = path.join(root, `${process.pid}-${randomUUID()}`)
  const mark = path.join(own, OWNER_FILE)

  function ensure(): void {
    if (existsSync(mark)) return
    makeFolder(own, FOLDER_MODE)
    const unfinished = `${mark}.new`
    try {
      writeFileSync(unfinished, JSON.stringify(describeOwner()), { mode: FILE_MODE })
    } catch (error) {
      // On a full disk there often is room for a name still. An empty mark says by its age alone whether its owner lives.
      if (!existsSync(unfinished)) throw error
      truncateSync(unfinished)
    }
    // Renamed when done: nobody ever reads half a mark.
    renameSync(unfinished, mark)
  }

  return {
    path: own,
    ensure,
    newSegmentPath(writtenAt) {
      return path.join(own, `${String(Math.trunc(writtenAt)).padStart(15, '0')}-${randomUUID()}${SEGMENT_EXTENSION}`)
    },
    touch() {
      ensure()
      const now = new Date()
      utimesSync(mark, now, now)
    },
    release() {
      if (!removeWithoutSegments(own) && existsSync(mark)) renameSync(mark, path.join(own, RELEASED_FILE))
    },
  }
}
