/** A seeded generator (mulberry32): the same texts in every run. */
export interface Random {
  integer(min: number, max: number): number
  pick<T>(items: readonly T[]): T
  digits(count: number): string
  characters(alphabet: string, count: number): string
}

export function createRandom(seed: number): Random {
  let state = seed
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  const characters = (alphabet: string, count: number): string => {
    let text = ''
    for (let index = 0; index < count; index++) text += alphabet.charAt(integer(0, alphabet.length - 1))
    return text
  }
  return {
    integer,
    characters,
    pick: (items) => items[integer(0, items.length - 1)]!,
    digits: (count) => characters('0123456789', count),
  }
}
