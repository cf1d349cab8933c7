import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import type { Guard } from '../../core/guard.ts'
import { toSystemCode } from '../system-fault.ts'
import { OWNER_FILE, RELEASED_FILE, removeWithoutSegments, SEGMENT_EXTENSION } from './folder.ts'
import { isOwnerAlive, SILENCE_MS } from './owner.ts'

/** What owners that are gone have left in the spool folder. */
export interface Orphans {
  /** Their segments, oldest first. */
  list(): OrphanedFile[]
  /** Deletes their folders, but for those that still hold something. */
  removeEmptied(): void
}

export interface OrphanedFile {
  readonly path: string
  /** Last write, in milliseconds since 1970. */
  readonly writtenAt: number
}

/** Version 0.1 took over whole folders and, dying at it over and over, nested them deeper than a path can be long. */
const NESTED = /^adopted-/
/** Anything else in the spool folder is not ours, whatever it holds. */
const OWNED = /^\d+-/

export function findOrphans(root: string, own: string, guard: Guard): Orphans {
  const folders: string[] = []
  for (const name of readNames(root)) {
    const folder = path.join(root, name)
    if (folder !== own) skipVanished(() => isOrphan(folder, name) && void folders.push(folder), guard)
  }
  // What is lifted out comes behind, and is looked through in its turn.
  for (const folder of folders) skipVanished(() => void folders.push(...liftNested(folder, root)), guard)

  function listSegments(folder: string): OrphanedFile[] {
    const files: OrphanedFile[] = []
    for (const name of readNames(folder)) {
      const file = path.join(folder, name)
      if (name.endsWith(SEGMENT_EXTENSION)) {
        skipVanished(() => void files.push({ path: file, writtenAt: statSync(file).mtimeMs }), guard)
      }
    }
    return files
  }

  return {
    list() {
      const files = folders.flatMap((folder) => guard.run('spool', () => listSegments(folder), []))
      return files.toSorted((a, b) => a.writtenAt - b.writtenAt)
    },
    removeEmptied() {
      for (const folder of folders) skipVanished(() => removeWithoutSegments(folder), guard)
    },
  }
}

/** One step at a time from the top, so that no path gets long. Each lies beside the others then, for whoever takes it. */
function liftNested(folder: string, root: string): string[] {
  return readNames(folder)
    .filter((name) => NESTED.test(name))
    .map((name) => {
      const lifted = path.join(root, `${process.pid}-${randomUUID()}`)
      renameSync(path.join(folder, name), lifted)
      return lifted
    })
}

function isOrphan(folder: string, name: string): boolean {
  if (existsSync(path.join(folder, RELEASED_FILE))) return true
  const mark = path.join(folder, OWNER_FILE)
  if (existsSync(mark)) return !isOwnerAlive(mark)
  // A living owner makes its mark anew: what has none for long is nobody's.
  return OWNED.test(name) && Date.now() - readLatestChange(folder) > SILENCE_MS
}

function readLatestChange(folder: string): number {
  const paths = [folder, ...readNames(folder).map((name) => path.join(folder, name))]
  return Math.max(...paths.map((file) => statSync(file).mtimeMs))
}

function readNames(folder: string): string[] {
  return existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : []
}

/** Between finding a file and taking it, another taker may have been faster: that is how it should be. */
export function skipVanished(action: () => unknown, guard: Guard): void {
  try {
    action()
  } catch (error) {
    if (toSystemCode(error) !== 'ENOENT') guard.report('spool', error)
  }
}
