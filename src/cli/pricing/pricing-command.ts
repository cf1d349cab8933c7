import type { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addPricingCheckCommand } from './pricing-check-command.ts'
import { addPricingExplainCommand } from './pricing-explain-command.ts'
import { addPricingImportCommand } from './pricing-import-command.ts'
import { addPricingRepriceCommand } from './pricing-reprice-command.ts'
import { addPricingSchemaCommand } from './pricing-schema-command.ts'

export function addPricingCommand(program: Command, context: CommandContext): void {
  const pricing = program.command('pricing').description('Ask for prices, check and convert price files')
  addPricingExplainCommand(pricing, context)
  addPricingCheckCommand(pricing, context)
  addPricingSchemaCommand(pricing, context)
  addPricingImportCommand(pricing, context)
  addPricingRepriceCommand(pricing, context)
}
