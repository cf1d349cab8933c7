import type { TrackerConfig } from '../../config/load-config.ts'
import { loadConfig } from '../../config/load-config.ts'
import { toErrorMessage } from '../../core/errors.ts'
import type { Pricing } from '../../pricing/pricing.ts'
import { createPricing } from '../../pricing/pricing.ts'
import type { CommandContext } from '../command-context.ts'
import { warn } from '../command-context.ts'

/**
 * The prices that a tracker in this environment works with.
 * @param file stands in for TOKEN_TRACKER_PRICING_FILE; JSON and variables still win over it
 * @throws ConfigurationError
 */
export function createCommandPricing(context: CommandContext, file: string | undefined): Pricing {
  const config = loadConfig(context.env, { pricingFile: file, trackCosts: true })
  const onWarning = (message: string) => warn(context, message)
  for (const warning of config.warnings) onWarning(warning)
  return createConfiguredPricing(config, onWarning)
}

/** @throws ConfigurationError */
export function createConfiguredPricing(config: TrackerConfig, onWarning: (message: string) => void): Pricing {
  return createPricing({
    file: config.pricingFile,
    json: config.pricingJson,
    variables: config.prices,
    dataset: config.pricingDataset,
    onFault: (name, error) => onWarning(`${name}: ${toErrorMessage(error)}`),
    onWarning,
  })
}
