import { clearTimeout, setTimeout } from 'node:timers'
import type { Guard } from '../core/guard.ts'
import type { SanitisedEvent } from '../core/records/event.ts'
import type { SpoolPosition } from './spool/segment-writer.ts'
import type { Spool } from './spool/spool.ts'
import type { Job, Place } from './work-queue.ts'

/** Where a job runs that yields an event. */
export interface EventPlace extends Place {
  /**
   * What is known of the event while the job waits for the rest: all that is left of it when the process is killed. Takes
   * the place of what was kept before. `null` where it may yield none.
   */
  keep(toInterim: () => SanitisedEvent | null): void
  /** The same a moment later, unless the job has ended by then, or kept something else. */
  keepSoon(toInterim: () => SanitisedEvent | null): void
}

/** Work that yields an event, or `null` where nothing was consumed. */
export interface EventJob extends Job {
  /**
   * A promise only while it waits for something. May throw or reject: then what was kept is the event, else it is lost,
   * counted as `failed`.
   */
  run(place: EventPlace): SanitisedEvent | null | PromiseLike<SanitisedEvent | null>
}

/** A look-up that answers within it, or a body that inflates, is not worth a write to the disk. */
const SOON_MS = 5

/** One for each job: a class, for closures would be made anew for every exchange. */
export class InterimKeeper implements EventPlace {
  readonly #place: Place
  readonly #spool: Spool | null
  readonly #guard: Guard
  #interim: SanitisedEvent | null = null
  #position: SpoolPosition | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(place: Place, spool: Spool | null, guard: Guard) {
    this.#place = place
    this.#spool = spool
    this.#guard = guard
  }

  leave(): void {
    this.#place.leave()
  }

  hold(bytes: number): void {
    this.#place.hold(bytes)
  }

  keep(toInterim: () => SanitisedEvent | null): void {
    clearTimeout(this.#timer)
    const spool = this.#spool
    const interim = spool && this.#guard.run('interpretation', toInterim, null)
    if (!spool || !interim) return
    this.#interim = interim
    const position = spool.keep(interim)
    if (!position) return
    this.letGo()
    this.#position = position
  }

  keepSoon(toInterim: () => SanitisedEvent | null): void {
    clearTimeout(this.#timer)
    if (this.#spool) this.#timer = setTimeout(() => this.keep(toInterim), SOON_MS).unref()
  }

  get interim(): SanitisedEvent | null {
    return this.#interim
  }

  /** Nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer)
  }

  /** Something better is on its way, or nothing at all. */
  letGo(): void {
    if (this.#position) this.#spool?.replace(this.#position)
  }
}
