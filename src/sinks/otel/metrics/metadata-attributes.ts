import type { SanitisedEvent } from '../../../core/records/event.ts'

/** What the metadata of an event say under a key; `null` where that is nothing an attribute could hold. */
export function readMetadata({ metadata }: SanitisedEvent, key: string): string | number | boolean | null {
  const value = Object.hasOwn(metadata, key) ? metadata[key] : null
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
