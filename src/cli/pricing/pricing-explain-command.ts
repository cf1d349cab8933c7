import { InvalidArgumentError, type Command } from 'commander'
import type { TokenCounts } from '../../core/records/usage.ts'
import type { PriceExplanation } from '../../pricing/pricing.ts'
import { guessProvider } from '../../providers/guess-provider.ts'
import { toPrintable, type CommandContext } from '../command-context.ts'
import { createCommandPricing } from './command-pricing.ts'
import { toAmountText, toQuantity, toTable } from '../table.ts'

interface ExplainOptions {
  readonly input?: number
  readonly output?: number
  readonly cached?: number
  readonly cacheWrite?: number
  readonly reasoning?: number
  readonly provider?: string
  readonly serviceTier?: string
  readonly file?: string
  readonly json?: true
}

/** What is priced when no count is given: the unit of a price file. */
const EXAMPLE_TOKENS = 1_000

export function addPricingExplainCommand(parent: Command, context: CommandContext): void {
  parent
    .command('explain')
    .description('show what a call costs: source and rule, each bucket at its rate, and what was rejected')
    .argument('<model>', 'model name, as on the wire')
    .option('--input <tokens>', 'prompt tokens, cached ones included (default: their parts)', readTokenCount)
    .option('--output <tokens>', 'completion tokens, reasoning included (default: their parts)', readTokenCount)
    .option('--cached <tokens>', 'part of --input read from a cache', readTokenCount)
    .option('--cache-write <tokens>', 'part of --input written to a cache', readTokenCount)
    .option('--reasoning <tokens>', 'part of --output', readTokenCount)
    .option('--provider <name>', 'who serves the model (default: guessed from its name, as the tracker does)')
    .option('--service-tier <name>', 'service tier of the call, such as flex')
    .option('--file <path>', 'price file instead of TOKEN_TRACKER_PRICING_FILE')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nWithout any count: ${EXAMPLE_TOKENS} prompt and ${EXAMPLE_TOKENS} completion tokens.`)
    .action((model: string, options: ExplainOptions) => explain(model, options, context))
}

function readTokenCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number from 0 up, such as 1000.')
}

async function explain(model: string, options: ExplainOptions, context: CommandContext): Promise<void> {
  const pricing = createCommandPricing(context, options.file)
  const counts = toCounts(options)
  const hints = { option: options.provider ?? null, host: null, path: null, format: null, model }
  const provider = guessProvider(hints)
  const explanation = await pricing.explain(model, counts, { provider, serviceTier: options.serviceTier ?? null })
  pricing.shutdown()
  if (options.json) context.stdout(`${JSON.stringify({ model, provider, counts, ...explanation }, null, 2)}\n`)
  else context.stdout(toText(model, provider, explanation))
}

/** A side that is not given consists of its parts: this usage is made up, so nothing of it is unknown. */
function toCounts({ input, output, cached, cacheWrite, reasoning }: ExplainOptions): Partial<TokenCounts> {
  const isExample = [input, output, cached, cacheWrite, reasoning].every((count) => count === undefined)
  if (isExample) return { input: EXAMPLE_TOKENS, output: EXAMPLE_TOKENS }
  return {
    input: input ?? (cached ?? 0) + (cacheWrite ?? 0),
    output: output ?? reasoning ?? 0,
    cacheRead: cached ?? null,
    cacheWrite: cacheWrite ?? null,
    reasoning: reasoning ?? null,
  }
}

function toText(model: string, provider: string | null, { price, lines, considered }: PriceExplanation): string {
  const who = `${toPrintable(model)} of provider ${toPrintable(provider ?? 'unknown')}`
  const reasons = toTable(
    [{ title: 'considered' }, { title: 'outcome' }, { title: 'reason' }],
    considered.map(({ what, outcome, reason }) => [what, outcome, reason]),
  )
  if (price === null) return `${who} has no price, its cost is unknown\n\n${reasons}`
  const { currency } = price
  const buckets = lines.map(({ side, bucket, quantity, rate, per, cost }) => [
    side,
    bucket,
    toQuantity(quantity),
    rate === null ? 'no price' : `${toAmountText(rate)} per ${toQuantity(per)}`,
    toAmountText(cost),
  ])
  const totals = [
    ['prompt', price.promptCost],
    ['completion', price.completionCost],
    ['total', price.totalCost],
  ] as const
  const costs = toTable(
    [
      { title: 'side' },
      { title: 'bucket' },
      { title: 'quantity', align: 'right' },
      { title: `rate in ${currency}`, align: 'right' },
      { title: `cost in ${currency}` },
    ],
    [...buckets, ...totals.map(([title, cost]) => [`= ${title}`, '', '', '', toAmountText(cost)])],
  )
  return `${who}\npriced by ${toPrintable(price.pricedBy)}\n\n${costs}\n${reasons}`
}
