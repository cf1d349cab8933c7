import { toAmount, type Amount } from '../amount.ts'
import { ANYWHERE_ELSE, type Rates, type ServiceTier } from '../book/price-rule.ts'

/** Names under which an answer says that it was served, and is charged, as any other. */
const STANDARD = new Set(['default', 'standard', 'auto', 'on_demand', 'on-demand'])

/** What a tier costs against the standard price, for the models of the list whose id matches. The first row holds. */
interface TierRow {
  readonly tiers: readonly string[]
  readonly models?: RegExp
  readonly multiplier: number
  /** Reading from a cache costs what it costs otherwise. */
  readonly isCacheStandard?: true
  /** The price page has no price for more input tokens than this. */
  readonly maxInput?: number
}

/**
 * The published list knows standard prices only. Here stands what the providers' price pages say of their tiers, looked up
 * in November 2026; a tier or model that does not stand here is unpriced, for a wrong price is worse than none. Keyed by
 * the list's provider ids.
 */
const TIERS: Readonly<Record<string, readonly TierRow[]>> = {
  openai: [
    { tiers: ['flex', 'batch'], multiplier: 0.5 },
    // Called "priority" until GPT-5.6 and "fast" from then on.
    { tiers: ['priority', 'fast'], models: /^gpt-5\.5$/, multiplier: 2.5, maxInput: 272_000 },
    { tiers: ['priority', 'fast'], models: /^gpt-5\.4$/, multiplier: 2, maxInput: 272_000 },
    {
      tiers: ['priority', 'fast'],
      models: /^gpt-(?:5(?:\.1|\.2|\.4-mini|\.6-\w+)?|5(?:\.[123])?-codex(?:-max)?|6-astra|6\.[12]-\w+|4\.1-nano)$/,
      multiplier: 2,
    },
    { tiers: ['priority', 'fast'], models: /^gpt-5-mini$/, multiplier: 1.8 },
    { tiers: ['priority', 'fast'], models: /^(?:gpt-4\.1(?:-mini)?|gpt-4o-2024-05-13|o3)$/, multiplier: 1.75 },
    { tiers: ['priority', 'fast'], models: /^gpt-4o$/, multiplier: 1.7 },
    { tiers: ['priority', 'fast'], models: /^gpt-4o-mini$/, multiplier: 5 / 3 },
    { tiers: ['priority', 'fast'], models: /^o4-mini$/, multiplier: 20 / 11 },
    { tiers: ['ultrafast'], models: /^gpt-6-astra$/, multiplier: 6 },
  ],
  anthropic: [
    { tiers: ['batch'], multiplier: 0.5 },
    { tiers: ['fast'], models: /^claude-opus-4-[67]$/, multiplier: 6 },
    { tiers: ['fast'], models: /^claude-(?:opus-(?:4-8|5|5-5)|fable-5-2)$/, multiplier: 2 },
  ],
  google: [
    { tiers: ['priority'], models: /^gemini-/, multiplier: 1.8 },
    { tiers: ['flex', 'batch'], models: /^gemini-3\.(?:1-flash-lite|5-flash)/, multiplier: 0.5 },
    {
      tiers: ['flex', 'batch'],
      models: /^gemini-(?:2\.|3-flash-preview|3\.1-pro-preview)/,
      multiplier: 0.5,
      isCacheStandard: true,
    },
  ],
  aws: [
    { tiers: ['priority'], multiplier: 1.75 },
    { tiers: ['flex', 'batch'], multiplier: 0.5 },
  ],
  groq: [
    { tiers: ['flex'], multiplier: 1 },
    { tiers: ['batch'], multiplier: 0.5 },
  ],
  mistral: [
    { tiers: ['priority'], multiplier: 1.75 },
    { tiers: ['batch'], multiplier: 0.5 },
  ],
  'x-ai': [{ tiers: ['priority'], multiplier: 2 }],
  fireworks: [
    { tiers: ['priority'], models: /^(?:kimi-k3|deepseek-v4-(?:pro|flash))$/, multiplier: 1.25 },
    { tiers: ['priority'], models: /^(?:kimi-k2p7-code|minimax-m3)$/, multiplier: 1.5 },
    { tiers: ['priority'], models: /^gpt-oss-120b$/, multiplier: 1.2 },
    { tiers: ['batch'], multiplier: 0.5 },
  ],
}

/**
 * Claude costs a tenth more where it is made to run somewhere, looked up in November 2026: by Anthropic's `inference_geo`
 * (from Opus and Sonnet 4.6 on; older models refuse it), and in any location of Vertex but `global` (from 4.5 on).
 */
const REGIONAL_CLAUDE = /^claude-[a-z]+-(?:4-[5-9]|[5-9]|\d\d)/
const CLAUDE_REGIONS: ReadonlyMap<string, Amount> = new Map([
  ['global', toAmount(1)],
  [ANYWHERE_ELSE, toAmount(1.1)],
])
const NO_REGIONS: ReadonlyMap<string, Amount> = new Map()

export function toPublishedTiers(
  providerId: string,
  modelId: string,
  standard: Rates,
): ReadonlyMap<string, ServiceTier> {
  const rows = Object.hasOwn(TIERS, providerId) ? TIERS[providerId]! : []
  const tiers = new Map<string, ServiceTier>()
  for (const row of rows) {
    if (row.models && !row.models.test(modelId)) continue
    for (const name of row.tiers) if (!tiers.has(name)) tiers.set(name, toServiceTier(row, standard))
  }
  return tiers
}

function toServiceTier({ multiplier, isCacheStandard, maxInput }: TierRow, { cached }: Rates): ServiceTier {
  const rates = isCacheStandard && cached !== undefined ? { cached } : {}
  return { multiplier: toAmount(multiplier), rates, tiers: [], maxInput: maxInput ?? null }
}

export function toPublishedRegions(providerId: string, modelId: string): ReadonlyMap<string, Amount> {
  const isRegional = (providerId === 'anthropic' || providerId === 'google') && REGIONAL_CLAUDE.test(modelId)
  return isRegional ? CLAUDE_REGIONS : NO_REGIONS
}

/** True for a tier that costs what any other call costs, or for none. */
export function isStandardTier(tier: string | null): boolean {
  const name = tier?.trim().toLowerCase() ?? ''
  return name === '' || STANDARD.has(name)
}
