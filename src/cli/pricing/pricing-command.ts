import type { Command } from 'commander'
import { pricingJsonSchema } from '../../pricing/book/price-schema.ts'
import type { CommandContext } from '../command-context.ts'
import { addPricingCheckCommand } from './pricing-check-command.ts'
import { addPricingExplainCommand } from './pricing-explain-command.ts'
import { addPricingImportCommand } from './pricing-import-command.ts'
import { addPricingRepriceCommand } from './pricing-reprice-command.ts'

export function addPricingCommand(program: Command, context: CommandContext): void {
  const pricing = program.command('pricing').description('Ask for prices, check and convert price files')
  addPricingExplainCommand(pricing, context)
  addPricingCheckCommand(pricing, context)
  pricing
    .command('schema')
    .description('print the JSON Schema of price files, for editors')
    .action(() => context.stdout(`${JSON.stringify(pricingJsonSchema(), null, 2)}\n`))
  addPricingImportCommand(pricing, context)
  addPricingRepriceCommand(pricing, context)
}
