import { loadConfig } from '../config/load-config.ts'
import { toErrorMessage } from '../core/errors.ts'
import type { Pricing } from '../pricing/pricing.ts'
import { createPricing } from '../pricing/pricing.ts'
import type { CommandContext } from './command-context.ts'
import { warn } from './command-context.ts'

/**
 * The prices that a tracker in this environment works with.
 * @param file stands in for TOKEN_TRACKER_PRICING_FILE; JSON and variables still win over it
 * @throws ConfigurationError
 */
export function createCommandPricing(context: CommandContext, file: string | undefined): Pricing {
  const config = loadConfig(context.env, { pricingFile: file })
  for (const warning of config.warnings) warn(context, warning)
  return createPricing({
    file: config.pricingFile,
    json: config.pricingJson,
    variables: config.prices,
    dataset: config.pricingDataset,
    onFault: (name, error) => warn(context, `${name}: ${toErrorMessage(error)}`),
    onWarning: (message) => warn(context, message),
  })
}
