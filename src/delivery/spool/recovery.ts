import { renameSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Guard } from '../../core/guard.ts'
import { toSystemCode } from '../system-fault.ts'
import { findOrphans, type OrphanedFile } from './orphans.ts'
import { sortInterim, type SortedInterim } from './interim.ts'
import type { OwnedFolder } from './owned-folder.ts'
import { adoptSegment, type AdoptedSegment } from './segment.ts'

export interface RecoveryOptions {
  readonly root: string
  readonly owned: OwnedFolder
  readonly guard: Guard
  onAdopted(adopted: AdoptedSegment): void
  /** Told at the end, of all that was adopted. */
  onInterim(interim: SortedInterim): void
  /** False stops between two files; the rest stays on disk. */
  goesOn(): boolean
}

/**
 * Takes over the segments of owners that are gone. Each is moved straight into this owner's folder, which needs no space:
 * whenever this is cut short, everything lies one level deep. A file that cannot be taken over stays where it is, for the
 * next attempt or the next process. Resolves to the number of those.
 */
export async function recoverSegments(options: RecoveryOptions): Promise<number> {
  const { guard, onInterim } = options
  const adopted: AdoptedSegment[] = []
  const failed = await adoptAll(options, adopted)
  onInterim(await sortInterim(adopted, guard))
  return failed
}

async function adoptAll(
  { root, owned, guard, onAdopted, goesOn }: RecoveryOptions,
  adopted: AdoptedSegment[],
): Promise<number> {
  const orphans = guard.run('spool', () => findOrphans(root, owned.path, guard), null)
  let failed = 0
  for (const file of orphans?.list() ?? []) {
    if (!goesOn()) return failed
    try {
      const taken = takeOver(file, owned)
      adopted.push(taken)
      onAdopted(taken)
    } catch (error) {
      // Another taker may have been faster.
      if (toSystemCode(error) !== 'ENOENT') {
        failed++
        guard.report('spool', error)
      }
    }
    // A segment takes some ten milliseconds: requests come in between.
    await nextTurn()
  }
  orphans?.removeEmptied()
  return failed
}

function takeOver({ path, writtenAt }: OrphanedFile, owned: OwnedFolder): AdoptedSegment {
  const target = owned.newSegmentPath(writtenAt)
  const adopted = adoptSegment(path, target)
  owned.ensure()
  renameSync(path, target)
  return adopted
}
