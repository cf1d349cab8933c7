/** Parts that some provider or gateway counts beside the side they belong to, instead of inside it. */
export interface SeparableParts {
  readonly reasoning: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly audioInput: number | null
}

/** Tokens to be added to the two sides as told. */
export interface LeftOut {
  readonly input: number
  readonly output: number
}

export const NOTHING_LEFT_OUT: LeftOut = { input: 0, output: 0 }

/** Combinations that were seen, the likelier first: xAI, Mistral, then gateways before Anthropic's cache (Portkey). */
const COMBINATIONS: readonly (readonly (keyof SeparableParts)[])[] = [
  ['reasoning'],
  ['audioInput'],
  ['cacheRead'],
  ['cacheWrite'],
  ['cacheRead', 'cacheWrite'],
  ['reasoning', 'cacheRead'],
  ['reasoning', 'cacheWrite'],
  ['reasoning', 'cacheRead', 'cacheWrite'],
  ['reasoning', 'audioInput'],
]

/**
 * What two sides leave out, told by a total that is larger than their sum: the one reading in which all stated numbers
 * agree. `null` when there is none, so that the stated ones stand.
 */
export function findLeftOut(surplus: number, parts: SeparableParts): LeftOut | null {
  for (const names of COMBINATIONS) {
    let sum = 0
    for (const name of names) sum += parts[name] ?? NaN
    if (sum !== surplus) continue
    const output = names[0] === 'reasoning' ? (parts.reasoning ?? 0) : 0
    return { input: surplus - output, output }
  }
  return null
}
