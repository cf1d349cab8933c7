import type { UsageEvent } from '../core/records/event.ts'
import { estimateValueBytes } from '../core/value-size.ts'

/** An event without its texts: some sixty fields. */
const BASE_BYTES = 2_048

/** Memory an event takes, roughly. Its metadata is bounded by now. */
export function estimateEventBytes(event: Readonly<UsageEvent>): number {
  let bytes = BASE_BYTES
  for (const key in event) {
    const value: unknown = event[key as keyof UsageEvent]
    if (typeof value === 'string') bytes += 2 * value.length
  }
  return bytes + estimateValueBytes(event.metadata) + estimateValueBytes(event.tags)
}
