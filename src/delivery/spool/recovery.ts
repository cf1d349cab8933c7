import { renameSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Guard } from '../../core/guard.ts'
import type { AdoptedFile, OwnedFolder } from './owned-folder.ts'
import { adoptSegment, type AdoptedSegment } from './segment.ts'

export interface RecoveryOptions {
  readonly owned: OwnedFolder
  readonly guard: Guard
  onAdopted(adopted: AdoptedSegment): void
  /** False stops between two files; the rest stays on disk. */
  goesOn(): boolean
}

/**
 * Takes over the segments of owners that are gone. They are moved, not copied, which needs no space; a file that cannot
 * be taken over stays where it is, for the next attempt or the next process.
 */
export async function recoverSegments({ owned, guard, onAdopted, goesOn }: RecoveryOptions): Promise<void> {
  guard.run('spool', () => owned.adoptOrphans(), undefined)
  for (const file of guard.run('spool', () => owned.listAdopted(), [])) {
    if (!goesOn()) return
    guard.run('spool', () => onAdopted(takeOver(file, owned)), undefined)
    // A segment takes some ten milliseconds: requests come in between.
    await nextTurn()
  }
  guard.run('spool', () => owned.removeEmptied(), undefined)
}

function takeOver({ path, writtenAt }: AdoptedFile, owned: OwnedFolder): AdoptedSegment {
  const target = owned.newSegmentPath(writtenAt)
  const adopted = adoptSegment(path, target)
  renameSync(path, target)
  return adopted
}
