import type { SanitisedEvent } from './event.ts'

let last: SanitisedEvent | null = null
let json = ''

/** An event as JSON text. The spool and the sinks ask for it in turn, and events do not change: it is made once for all. */
export function toEventJson(event: SanitisedEvent): string {
  if (event !== last) {
    json = JSON.stringify(event)
    last = event
  }
  return json
}
