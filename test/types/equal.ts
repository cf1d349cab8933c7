/** `true` for two types that are the same, optional and readonly members included. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles for `true` only: `hold<Equal<A, B>>()`. */
export function hold<Claim extends true>(): Claim {
  return true as Claim
}
