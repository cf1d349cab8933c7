/** Upstreams differ by host and path only; what is older than this many others is asked again. */
export const MAX_REFUSALS = 1_000

/** Remembers which upstreams refuse to be asked for stream usage. */
export interface InjectionRefusals {
  /** `upstream` is the host and path, or the path alone where no host is known. */
  add(upstream: string): void
  has(upstream: string): boolean
}

export function createInjectionRefusals(): InjectionRefusals {
  const refused = new Set<string>()
  return {
    add(upstream) {
      refused.add(upstream)
      if (refused.size <= MAX_REFUSALS) return
      for (const oldest of refused) {
        refused.delete(oldest)
        break
      }
    },
    has: (upstream) => refused.has(upstream),
  }
}
