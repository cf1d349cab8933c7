import type { Command } from 'commander'
import { warn, type CommandContext } from '../command-context.ts'
import { toQuantity } from '../table.ts'
import { readJsonFile, readPriceList } from './price-file.ts'

export function addPricingCheckCommand(parent: Command, context: CommandContext): void {
  parent
    .command('check')
    .description('validate a price file, and print every fault with its place')
    .argument('<file>', 'price file (JSON)')
    .action((file: string) => checkPriceFile(file, context))
}

async function checkPriceFile(file: string, context: CommandContext): Promise<void> {
  const { providers, entries, ignored } = readPriceList(await readJsonFile(file), file)
  for (const place of ignored) warn(context, `${file} at ${place} means nothing here, check its spelling`)
  context.stdout(`${file} is valid: entries ${toQuantity(entries)}, providers ${toQuantity(providers)}\n`)
}
