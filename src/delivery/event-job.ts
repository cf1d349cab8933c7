import type { SanitisedEvent } from '../core/records/event.ts'
import type { SpoolPosition } from './spool/segment-writer.ts'
import type { Spool } from './spool/spool.ts'
import type { Job, Place } from './work-queue.ts'

/** Where a job runs that yields an event. */
export interface EventPlace extends Place {
  /** What is known of the event while the job waits for the rest: all that is left of it when the process is killed. */
  keep(toInterim: () => SanitisedEvent): void
}

/** Work that yields an event, or `null` where nothing was consumed. */
export interface EventJob extends Omit<Job, 'run'> {
  /**
   * A promise only while it waits for something. May throw or reject: then what was kept is the event, else it is lost,
   * counted as `failed`.
   */
  run(place: EventPlace): SanitisedEvent | null | PromiseLike<SanitisedEvent | null>
}

/** One for each job: a class, for closures would be made anew for every exchange. */
export class InterimKeeper implements EventPlace {
  readonly #place: Place
  readonly #spool: Spool | null
  #interim: SanitisedEvent | null = null
  #position: SpoolPosition | null = null

  constructor(place: Place, spool: Spool | null) {
    this.#place = place
    this.#spool = spool
  }

  leave(): void {
    this.#place.leave()
  }

  hold(bytes: number): void {
    this.#place.hold(bytes)
  }

  keep(toInterim: () => SanitisedEvent): void {
    if (!this.#spool || this.#interim) return
    this.#interim = toInterim()
    this.#position = this.#spool.keep(this.#interim)
  }

  get interim(): SanitisedEvent | null {
    return this.#interim
  }

  /** The whole event is on its way. */
  letGo(): void {
    if (this.#position) this.#spool?.replace(this.#position)
  }
}
