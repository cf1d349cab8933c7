import { createRandom as createNumbers } from '../tokens/random-text.ts'

/** A repeatable source of choices. */
export interface Random {
  /** From 0 up, below `limit`. */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
}

export function createRandom(seed: number): Random {
  const next = createNumbers(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  return { below, pick: (items) => items[below(items.length)]! }
}
