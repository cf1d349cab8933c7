import type { Command } from 'commander'
import { toAmount, toNumber } from '../../pricing/amount.ts'
import type { RepricedModel, RepriceReport } from '../../pricing/reprice.ts'
import { reprice } from '../../pricing/reprice.ts'
import type { CommandContext } from '../command-context.ts'
import { warn } from '../command-context.ts'
import { createCommandPricing } from './command-pricing.ts'
import { readLogLines } from './log-lines.ts'
import { toAmountText, toDifferenceText, toQuantity, toTable } from '../table.ts'

interface RepriceOptions {
  readonly file?: string
  readonly json?: true
}

export function addPricingRepriceCommand(parent: Command, context: CommandContext): void {
  parent
    .command('reprice')
    .description('price usage logs again, and show the difference for each model')
    .argument('<log...>', 'usage logs, also compressed (.gz)')
    .option('--file <path>', 'price file instead of TOKEN_TRACKER_PRICING_FILE')
    .option('--json', 'print JSON')
    .action((logs: string[], options: RepriceOptions) => repriceLogs(logs, options, context))
}

async function repriceLogs(logs: readonly string[], options: RepriceOptions, context: CommandContext): Promise<void> {
  const pricing = createCommandPricing(context, options.file)
  const report = await reprice(readLogLines(logs), pricing)
  pricing.shutdown()
  if (report.unreadable > 0)
    warn(context, `lines that are no events and were left out: ${toQuantity(report.unreadable)}`)
  context.stdout(options.json ? `${JSON.stringify(report, null, 2)}\n` : toText(report))
}

function toText({ models }: RepriceReport): string {
  if (models.length === 0) return 'no event with token counts\n'
  const currencies = [...new Set(models.map(({ currency }) => currency))]
  return toTable(
    [
      { title: 'provider' },
      { title: 'model' },
      { title: 'events', align: 'right' },
      { title: 'currency' },
      { title: 'before', align: 'right' },
      { title: 'after', align: 'right' },
      { title: 'difference', align: 'right' },
      { title: 'unpriced before', align: 'right' },
      { title: 'unpriced after', align: 'right' },
    ],
    [...models, ...currencies.map((currency) => addUp(models, currency))].map(toRow),
  )
}

function toRow(model: RepricedModel): string[] {
  return [
    model.provider ?? 'unknown',
    model.model ?? 'unknown',
    toQuantity(model.events),
    model.currency,
    toAmountText(model.before),
    toAmountText(model.after),
    toDifferenceText(model.difference),
    toQuantity(model.unpricedBefore),
    toQuantity(model.unpricedAfter),
  ]
}

function addUp(models: readonly RepricedModel[], currency: string): RepricedModel {
  const own = models.filter((model) => model.currency === currency)
  const count = (field: 'events' | 'unpricedBefore' | 'unpricedAfter') => own.reduce((sum, row) => sum + row[field], 0)
  return {
    provider: '= total',
    model: '',
    currency,
    events: count('events'),
    before: addAmounts(own.map(({ before }) => before)),
    after: addAmounts(own.map(({ after }) => after)),
    difference: addAmounts(own.map(({ difference }) => difference)),
    unpricedBefore: count('unpricedBefore'),
    unpricedAfter: count('unpricedAfter'),
  }
}

/** Exact, so that the last row is the sum of those above it to the last digit. `null` when no amount is known. */
function addAmounts(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null)
  if (known.length === 0) return null
  return toNumber(known.reduce((sum, amount) => (amount < 0 ? sum - toAmount(-amount) : sum + toAmount(amount)), 0n))
}
