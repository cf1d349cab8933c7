/** Remembers the last `capacity` keys, the oldest forgotten first. */
export interface RecentKeys {
  /** False when the key is among those remembered. */
  add(key: string): boolean
  has(key: string): boolean
}

export function createRecentKeys(capacity: number): RecentKeys {
  const keys = new Set<string>()
  // A ring beside the set: asking a set for its oldest member walks over all that was deleted before it.
  const ring: string[] = []
  let place = 0
  return {
    add(key) {
      if (keys.has(key)) return false
      const oldest = ring[place]
      if (oldest !== undefined) keys.delete(oldest)
      ring[place] = key
      place = (place + 1) % capacity
      keys.add(key)
      return true
    },
    has: (key) => keys.has(key),
  }
}
