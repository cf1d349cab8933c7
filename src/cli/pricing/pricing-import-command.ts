import { writeFile } from 'node:fs/promises'
import { InvalidArgumentError, type Command } from 'commander'
import { loadConfig } from '../../config/load-config.ts'
import { TokenTrackerError, toErrorMessage } from '../../core/errors.ts'
import { importLitellm } from '../../pricing/import/import-litellm.ts'
import type { ImportedPrices } from '../../pricing/import/import-litellm.ts'
import { importOpenWebui } from '../../pricing/import/import-openwebui.ts'
import { toPrintable, type CommandContext } from '../command-context.ts'
import { toQuantity } from '../table.ts'
import { readJsonFile, readPriceList } from './price-file.ts'

interface ImportOptions {
  readonly out?: string
  readonly creditsPerUsd?: number
}

export function addPricingImportCommand(parent: Command, context: CommandContext): void {
  const command = parent.command('import').description("convert another tool's price list into a price file")
  command
    .command('litellm')
    .description("LiteLLM's model_prices_and_context_window.json")
    .argument('<file>', 'price list (JSON)')
    .option('--out <path>', 'write there instead of to standard output')
    .action(async (file: string, { out }: ImportOptions) => {
      await writePrices(importLitellm(await readJsonFile(file)), file, out, context)
    })
  command
    .command('openwebui')
    .description('model list of openwebui-token-tracking')
    .argument('<file>', 'model list (JSON)')
    .option(
      '--credits-per-usd <number>',
      'worth of a dollar (default: TOKEN_TRACKER_CREDITS_PER_USD)',
      readPositiveNumber,
    )
    .option('--out <path>', 'write there instead of to standard output')
    .action(async (file: string, { out, creditsPerUsd }: ImportOptions) => {
      const rate = creditsPerUsd ?? loadConfig(context.env).creditsPerUsd
      await writePrices(importOpenWebui(await readJsonFile(file), rate), file, out, context)
    })
}

function readPositiveNumber(text: string): number {
  const value = /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0, such as 1000.')
}

async function writePrices(
  { pricing, skipped }: ImportedPrices,
  file: string,
  out: string | undefined,
  context: CommandContext,
): Promise<void> {
  for (const { model, reason } of skipped) context.stderr(`skipped ${toPrintable(model)}: ${toPrintable(reason)}\n`)
  const { entries } = readPriceList(pricing, `${file}, converted,`)
  if (entries === 0) {
    throw new TokenTrackerError('TT_ERR_PRICING', `${file} holds no price that can be converted: is it the right list?`)
  }
  const text = `${JSON.stringify(pricing, null, 2)}\n`
  if (out === undefined) context.stdout(text)
  else await writeNewFile(out, text)
  context.stderr(`models converted: ${toQuantity(entries)}, skipped: ${toQuantity(skipped.length)}\n`)
}

async function writeNewFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    const message = `cannot write ${file}: ${toErrorMessage(error)}`
    throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', message, { cause: error })
  }
}
