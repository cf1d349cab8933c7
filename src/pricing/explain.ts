import { toNumber } from './amount.ts'
import { toLineAmount, type CostLine } from './cost.ts'
import type { PriceBook } from './book/price-book.ts'
import { ruleInForce } from './book/price-book.ts'
import { normaliseName } from './matching/model-names.ts'

export interface ExplainedLine {
  readonly side: 'prompt' | 'completion' | 'request' | 'tool' | 'piece'
  readonly bucket: string
  readonly quantity: number
  /** Price of `per` tokens, calls or pieces, `null` where the rule names none. */
  readonly rate: number | null
  readonly per: number
  /** Unrounded, `null` without a price. */
  readonly cost: number | null
}

export interface ConsideredPrice {
  /** Source and rule, e.g. `file:openai/gpt-4`. */
  readonly what: string
  readonly outcome: 'used' | 'rejected'
  readonly reason: string
}

const TOKENS_PER_RATE = 1_000_000
const MAX_CONSIDERED = 50

export function explainLines(lines: readonly CostLine[]): ExplainedLine[] {
  return lines.map((line) => {
    const { side, bucket, quantity, rate } = line
    const amount = toLineAmount(line)
    const per = side === 'prompt' || side === 'completion' ? TOKENS_PER_RATE : 1
    return {
      side,
      bucket,
      quantity,
      rate: rate === null ? null : toNumber(rate * BigInt(per)),
      per,
      cost: amount === null ? null : toNumber(amount),
    }
  })
}

/** Every configured entry that applies, with what decided, and those whose name is only close. At most 50. */
export function explainMatches(
  book: PriceBook,
  provider: string | null,
  models: readonly string[],
  timestamp: number,
): ConsideredPrice[] {
  const resolved = book.resolve(provider, models, timestamp)
  const considered: ConsideredPrice[] = []
  const seen = new Set<unknown>()
  let isDecided = resolved === null
  for (const { entry, kind, name, via } of book.matcher.find(provider, models)) {
    if (seen.has(entry)) continue
    seen.add(entry)
    const how = `${kind} match for ${name}${via === null ? '' : ` (${via})`}`
    const what = `${entry.sources.join('+')}:${entry.provider}/${entry.key}`
    if (isDecided) considered.push({ what, outcome: 'rejected', reason: `${how}, but a stronger one was found` })
    else if (!ruleInForce(entry, timestamp)) {
      const fault = entry.rules().length > 0 ? `not in force at ${toDate(timestamp)}` : 'names no price'
      considered.push({ what, outcome: 'rejected', reason: `${how}, but ${fault}` })
    } else {
      considered.push({ what, outcome: 'used', reason: entry.partial ? `${how}, the rest from the next match` : how })
    }
    isDecided ||= entry === resolved?.match.entry
    if (considered.length >= MAX_CONSIDERED) return considered
  }
  for (const model of models) {
    for (const entry of book.matcher.findNear(model)) {
      const isSame = normaliseName(entry.key) === normaliseName(model)
      if (seen.has(entry) || considered.length >= MAX_CONSIDERED || (isSame && resolved)) continue
      seen.add(entry)
      const what = `${entry.sources.join('+')}:${entry.provider}/${entry.key}`
      considered.push({ what, outcome: 'rejected', reason: isSame ? toOtherProvider(provider, entry.provider) : NEAR })
    }
  }
  return considered
}

const NEAR = 'another model: a longer or shorter name is not the same'

function toOtherProvider(asked: string | null, other: string): string {
  return asked === null
    ? `the price of ${other}, and who serves it is not known`
    : `the price of ${other}, not of ${asked}`
}

function toDate(timestamp: number): string {
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString()
}

/** The sources behind the configuration, in their order. `pricedBy` is the one that was used, `null` for none. */
export function explainOthers(
  pricedBy: string | null,
  hasProviderCost: boolean,
  dataset: 'genai-prices' | 'off',
): ConsideredPrice[] {
  const isPublished = pricedBy?.startsWith('genai-prices') ?? false
  const stronger = 'a stronger source was found'
  const unasked = pricedBy !== null && !isPublished ? stronger : 'does not price this model of this provider'
  const reported = pricedBy === 'provider' ? 'the provider reported this cost' : stronger
  return [
    {
      what: 'provider',
      outcome: pricedBy === 'provider' ? 'used' : 'rejected',
      reason: hasProviderCost ? reported : 'reported no cost',
    },
    {
      what: isPublished ? pricedBy! : 'genai-prices',
      outcome: isPublished ? 'used' : 'rejected',
      reason: isPublished ? 'published price' : dataset === 'off' ? 'TOKEN_TRACKER_PRICING_DATASET is off' : unasked,
    },
  ]
}
