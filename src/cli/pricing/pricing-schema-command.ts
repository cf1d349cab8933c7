import type { Command } from 'commander'
import { pricingJsonSchema } from '../../pricing/book/price-schema.ts'
import type { CommandContext } from '../command-context.ts'

export function addPricingSchemaCommand(parent: Command, context: CommandContext): void {
  parent
    .command('schema')
    .description('print the JSON Schema of price files, for editors')
    .action(() => context.stdout(`${JSON.stringify(pricingJsonSchema(), null, 2)}\n`))
}
