import { cpuTime } from '../setup/cpu-time.ts'
import { mutate, type Json } from './mutate.ts'
import { createRandom, type Random } from './random.ts'
import type { Target } from './targets.ts'

export interface Finding {
  readonly target: string
  /** Processor time for each byte, in units of what parsing a byte of JSON takes on this machine in this run. */
  readonly cost: number
  readonly bytes: number
  readonly input: string
}

export interface FuzzOptions {
  readonly seed: number
  /** For all targets together. */
  readonly milliseconds: number
  /** Inputs grow up to this many bytes. */
  readonly maxBytes: number
  /** Costs beyond this end the search of a target: what multiplies itself would not come back from the next step. */
  readonly limit: number
  onFinding?(finding: Finding): void
}

/** Short inputs are taken for this long: what one call costs at all is not what an attacker multiplies. */
const LEAST_BYTES = 512
const POPULATION = 8
const ISLANDS = 3
const SMALL_BYTES = 2_048
const WARM_UP_ROUNDS = 20

/** Climbs from the seeds of each target towards inputs that cost most for each byte, and answers the worst of each. */
export function searchCosts(targets: readonly Target[], options: FuzzOptions): Finding[] {
  const random = createRandom(options.seed)
  const unit = measureUnit()
  const share = options.milliseconds / targets.length
  return targets.map((target) => {
    const finding = climb(target, random, unit, { ...options, milliseconds: share })
    options.onFinding?.(finding)
    return finding
  })
}

interface Candidate {
  readonly input: Json
  readonly bytes: string
  readonly cost: number
}

/** Climbs from the seeds several times with small inputs, which are quick to try, then from all that was found at any size. */
function climb(target: Target, random: Random, unit: number, options: FuzzOptions): Finding {
  // Code that runs for the first time costs many times what it costs later.
  const seeds = target.seeds.map((input) => target.toBytes(input))
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const seed of seeds) target.prepare(seed)()
  const start = target.seeds.map((input) => measure(target, input, unit, 5))
  const share = options.milliseconds / (ISLANDS + 2)
  const small = { ...options, milliseconds: share, maxBytes: Math.min(SMALL_BYTES, options.maxBytes) }
  const islands = Array.from({ length: ISLANDS }, () => evolve(target, start, random, unit, small))
  const last = evolve(target, islands.flat(), random, unit, { ...options, milliseconds: 2 * share })
  const confirmed = last.map((candidate) => confirm(target, candidate, unit, 20))
  const worst = confirmed.toSorted((one, other) => other.cost - one.cost)[0]!
  return { target: target.name, cost: worst.cost, bytes: worst.bytes.length, input: worst.bytes }
}

function evolve(
  target: Target,
  start: readonly Candidate[],
  random: Random,
  unit: number,
  { milliseconds, maxBytes, limit }: FuzzOptions,
): Candidate[] {
  const end = performance.now() + milliseconds
  const population = start.toSorted((one, other) => other.cost - one.cost)
  while (performance.now() < end && population[0]!.cost < limit) {
    // Mostly the worst, at times another: it may lead further. A seed every third time: large inputs hide what is rare.
    const worse = population[Math.min(random.below(population.length), random.below(population.length))]!
    const parent = random.below(3) === 0 ? random.pick(start) : worse
    const candidate = attempt(() => measureWithin(target, mutate(parent.input, random), unit, maxBytes))
    // A high cost may be noise, or code that was not compiled yet: what stays is measured again, time after time.
    population[0] = confirm(target, population[0]!, unit, 1)
    if (candidate !== null && candidate.cost > population.at(-1)!.cost) {
      population.push(confirm(target, candidate, unit, 3))
    }
    population.sort((one, other) => other.cost - one.cost)
    population.length = Math.min(population.length, POPULATION)
  }
  return population
}

function confirm(target: Target, candidate: Candidate, unit: number, rounds: number): Candidate {
  return { ...candidate, cost: Math.min(candidate.cost, costOf(target, candidate.bytes, unit, rounds)) }
}

/** `null` where an input is nested too deep to be written. */
function attempt<T>(action: () => T): T | null {
  try {
    return action()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function measureWithin(target: Target, input: Json, unit: number, maxBytes: number): Candidate | null {
  return target.toBytes(input).length > maxBytes ? null : measure(target, input, unit)
}

function measure(target: Target, input: Json, unit: number, rounds = 1): Candidate {
  const bytes = target.toBytes(input)
  const cost = costOf(target, bytes, unit, rounds)
  return { input, bytes, cost }
}

/** Cost of an input in units, the best of some rounds. */
export function costOf(target: Target, bytes: string, unit: number, rounds: number): number {
  const run = target.prepare(bytes)
  let best = Infinity
  for (let round = 0; round < rounds; round++) best = Math.min(best, cpuTime(run))
  return best / Math.max(LEAST_BYTES, Buffer.byteLength(bytes)) / unit
}

/** Milliseconds that parsing one byte of an honest request takes: the best of many, while all else only adds. */
export function measureUnit(): number {
  const message = {
    role: 'user',
    content: [{ type: 'text', text: 'The harbour was quiet.' }],
    n: 12.5,
    ok: true,
    name: null,
  }
  const text = JSON.stringify({ model: 'm', messages: Array.from({ length: 500 }, () => message) })
  let best = Infinity
  for (let round = 0; round < 50; round++)
    best = Math.min(
      best,
      cpuTime(() => JSON.parse(text) as unknown),
    )
  return best / text.length
}
