import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import path from 'node:path'

export const SEGMENT_EXTENSION = '.spool'
/** The mark: whose folder this is. Renamed when the owner is done with it, which needs no space on a full disk. */
export const OWNER_FILE = 'owner.json'
export const RELEASED_FILE = 'released.json'

/** Deletes marks and empty folders, and nothing else: whatever a folder holds that is not known to be done with stays. */
export function removeWithoutSegments(folder: string): boolean {
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
