import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Guard } from '../../core/guard.ts'
import type { SanitisedEvent } from '../../core/records/event.ts'
import type { AdoptedSegment, Segment } from './segment.ts'

/** An event that was to be replaced when its process ended, and where it lies. */
export interface InterimEvent {
  readonly event: SanitisedEvent
  readonly segment: Segment
  readonly position: number
}

export interface SortedInterim {
  /** Each event once. */
  readonly wanted: readonly InterimEvent[]
  /** Something better of the same event lies in another file. */
  readonly superseded: readonly InterimEvent[]
}

/** The process may have ended between the whole event and word of it, and the two lie in two files. */
export async function sortInterim(adopted: readonly AdoptedSegment[], guard: Guard): Promise<SortedInterim> {
  const wanted = new Map<string, InterimEvent>()
  const superseded: InterimEvent[] = []
  for (const { segment, interim } of adopted) {
    for (const { event, position } of interim) {
      const earlier = wanted.get(event.id)
      if (earlier) superseded.push(earlier)
      wanted.set(event.id, { event, segment, position })
    }
  }
  for (const { segment } of adopted) {
    if (wanted.size === 0) break
    for (const id of guard.run('spool', segment.readWholeIds, [])) {
      const known = wanted.get(id)
      if (known) superseded.push(known)
      wanted.delete(id)
    }
    await nextTurn()
  }
  return { wanted: [...wanted.values()], superseded }
}
