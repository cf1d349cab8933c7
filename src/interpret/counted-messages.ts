/** Remembers which messages were counted already, for APIs that tell of one message in two requests (Open WebUI). */
export interface CountedMessages {
  /** True for the first mention of a key. */
  add(key: string): boolean
}

/** The second mention follows within seconds; the oldest keys are forgotten first. */
const MAX_KEYS = 10_000

export function createCountedMessages(): CountedMessages {
  const keys = new Set<string>()
  return {
    add(key) {
      if (keys.has(key)) return false
      if (keys.size >= MAX_KEYS) for (const oldest of keys.keys()) if (keys.delete(oldest)) break
      keys.add(key)
      return true
    },
  }
}
