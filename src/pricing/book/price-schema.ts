import { z } from 'zod'
import { PIECES, RATE_FIELD_BY_NAME, type PriceFields } from './price-fields.ts'

/** More than any model costs, per unit; it keeps what is computed within the range of a number. */
const MAX_PRICE = 1e9
const MAX_TIERS = 20

function createSchema() {
  const price = z.number().min(0).max(MAX_PRICE).nullish()
  const unit = z.enum(['token', '1k', '1m'])
  const date = z.union([z.iso.date().nullish(), z.iso.datetime({ offset: true })], {
    error: 'expected a day like 2026-09-01 or a moment like 2026-09-01T12:00:00Z',
  })
  const lifetime = z.string().regex(/^(default|\d{1,4}[mhd])$/, 'expected "default" or a lifetime like 5m or 1h')
  const cacheWrite = z
    .union([price, z.record(lifetime, price)], {
      error: 'expected a number >= 0, or one for each lifetime like { "default": 6.25, "1h": 10 }',
    })
    .describe('Price of cache writes: one number, or one for each lifetime ("default", "5m", "1h").')

  const rates = z.looseObject({
    ...Object.fromEntries([...RATE_FIELD_BY_NAME.keys()].map((name) => [name, price])),
    cache_write: cacheWrite,
    cacheWrite,
  })

  const tier = rates.extend({
    above: z.number().min(0).describe('Holds for the whole request when it has more input tokens than this.'),
  })
  const tiers = z.array(tier).max(MAX_TIERS).optional()

  const serviceTiers = z
    .record(
      z.string(),
      rates.extend({
        multiplier: z.number().min(0).max(1_000).optional().describe('Scales every token price.'),
        tiers,
      }),
    )
    .optional()

  const inferenceRegions = z
    .record(z.string(), z.number().min(0).max(1_000).nullish())
    .optional()
    .describe(
      'Scales every token price of calls that were made to run there: { "us": 1.1 }; "*" stands for any other place.',
    )

  const rule = rates.extend({
    unit: unit.optional().describe('Tokens that one price stands for. Default: that of _meta, else 1k.'),
    request: price.describe('Price of one request, not scaled by unit.'),
    tools: z.record(z.string(), price).optional().describe('Price of one call of a tool, not scaled by unit.'),
    per: z
      .strictObject(Object.fromEntries(PIECES.map((piece) => [piece, price])))
      .optional()
      .describe('Price of one image, second, character or page, not scaled by unit.'),
    tiers,
    service_tiers: serviceTiers,
    serviceTiers,
    inference_regions: inferenceRegions,
    inferenceRegions,
    from: date.describe('First day (UTC) or moment on which the prices hold.'),
    until: date.describe('First day (UTC) or moment on which they hold no longer.'),
  })

  const entry = z.union([rule, z.array(rule).min(1)], {
    error: 'expected prices like { "prompt": 0.03, "completion": 0.06 }, or an array of them with "from" and "until"',
  })

  const meta = z.looseObject({
    version: z.literal(1).optional(),
    unit: unit.optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code like USD')
      .optional(),
    strip_dates: z.boolean().optional().describe('Price gpt-4o-2024-08-06 as gpt-4o. Default: true.'),
  })

  const providerBlock = z.record(z.string(), entry)

  const file = z
    .object({ _meta: meta.optional() })
    .catchall(providerBlock)
    .describe('Prices by provider and model. "*" stands for any text; "regex:" starts a regular expression.')

  return { file, ruleFields: new Set(Object.keys(rule.shape)) }
}

let schema: ReturnType<typeof createSchema> | undefined

/** Made when the first price is read: a server without prices of its own need not wait for it. */
export const getPriceSchema = () => (schema ??= createSchema())

/**
 * Fields of a price that are not read: misspelt ones, and a second spelling of a field that is there already.
 * Names that start with `_` or `$` are comments.
 */
export function ignoredFields(fields: PriceFields): string[] {
  const seen = new Set<string>()
  const { ruleFields } = getPriceSchema()
  return Object.keys(fields).filter((name) => {
    const field = RATE_FIELD_BY_NAME.get(name) ?? name
    const isRepeated = seen.has(field)
    seen.add(field)
    return isRepeated || (!ruleFields.has(name) && !isReserved(name))
  })
}

/** Keys that start with `_` or `$` are kept for meta data and comments. */
export function isReserved(key: string): boolean {
  return key.startsWith('_') || key.startsWith('$')
}

/** The file format as JSON Schema (draft 2020-12), for editors. */
export function pricingJsonSchema(): Record<string, unknown> {
  const jsonSchema = z.toJSONSchema(getPriceSchema().file, {
    io: 'input',
    override: ({ jsonSchema: part }) => {
      const takesAnyName = typeof part.additionalProperties === 'object'
      if (takesAnyName) part.patternProperties = { '^[_$]': {} }
    },
  })
  return { ...jsonSchema, title: 'Token Tracker prices' }
}
