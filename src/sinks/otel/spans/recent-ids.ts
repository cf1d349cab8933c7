/** Remembers which events were recorded: a batch that is written twice is counted once. */
export interface RecentIds {
  /** False when the id is among those remembered. */
  add(id: string): boolean
}

/** Remembers at least the last `capacity` ids and at most twice as many; an older one counts as new again. */
export function createRecentIds(capacity: number): RecentIds {
  let newer = new Set<string>()
  let older = new Set<string>()
  return {
    add(id) {
      if (older.has(id)) return false
      const known = newer.size
      newer.add(id)
      if (newer.size === known) return false
      if (newer.size >= capacity) {
        older = newer
        newer = new Set()
      }
      return true
    },
  }
}
