import { searchCosts } from './cost-fuzzer.ts'
import { limitOf } from './limits.ts'
import { createTargets } from './targets.ts'

export interface SearchOptions {
  readonly seed: number
  readonly milliseconds: number
  readonly maxBytes: number
  /** Part of the names of the targets to search; all where it is empty. */
  readonly only: string
  /** Prints the worst inputs, too. */
  readonly show: boolean
}

/** Prints the worst of each target, and answers 1 when one is above its limit. */
export async function search({ seed, milliseconds, maxBytes, only, show }: SearchOptions): Promise<number> {
  const targets = (await createTargets()).filter(({ name }) => name.includes(only))
  process.stdout.write(`seed ${seed}, ${targets.length} targets; cost in units of parsing a byte of JSON\n`)
  let worst = 0
  const findings = searchCosts(targets, {
    seed,
    milliseconds,
    maxBytes,
    limit: 2_000,
    onFinding({ target, cost, bytes, input }) {
      worst = Math.max(worst, cost / limitOf(target))
      process.stdout.write(`${target.padEnd(30)} ${cost.toFixed(1).padStart(8)} (${bytes} bytes)\n`)
      if (show || cost > limitOf(target)) process.stdout.write(`  ${input.slice(0, 600)}\n`)
    },
  })
  const above = findings.filter(({ target, cost }) => cost > limitOf(target))
  process.stdout.write(`above their limit: ${above.map(({ target }) => target).join(', ') || 'none'}\n`)
  return above.length === 0 ? 0 : 1
}
