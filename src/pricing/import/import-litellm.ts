import { isObject, readCount, readObject, readString } from '../../core/json.ts'
import { shiftDecimal } from '../amount.ts'
import { isReserved } from '../book/price-schema.ts'
import { canonicalProvider } from '../../providers/provider-names.ts'

/** A price list of another tool in the format of TOKEN_TRACKER_PRICING_FILE. */
export interface ImportedPrices {
  readonly pricing: Record<string, unknown>
  /** Models that were left out, and why. */
  readonly skipped: readonly { readonly model: string; readonly reason: string }[]
}

const MAX_MODELS = 50_000

/** Prices per token by field of ours. Longer names first: a name may start with another. */
const TOKEN_PRICES: readonly (readonly [theirs: string, ours: string])[] = [
  ['cache_creation_input_token_cost_above_1hr', 'cache_write.1h'],
  ['cache_creation_input_token_cost', 'cache_write.default'],
  ['cache_creation_input_audio_token_cost', ''],
  ['cache_read_input_audio_token_cost', 'audio_cached'],
  ['cache_read_input_token_cost', 'cached'],
  ['input_cost_per_audio_token', 'audio_prompt'],
  ['input_cost_per_image_token', 'image_prompt'],
  ['input_cost_per_token', 'prompt'],
  ['output_cost_per_audio_token', 'audio_completion'],
  ['output_cost_per_image_token', 'image_completion'],
  ['output_cost_per_reasoning_token', 'reasoning'],
  ['output_cost_per_token', 'completion'],
]

const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ['priority', 'priority'],
  ['flex', 'flex'],
  ['batches', 'batch'],
])

/** Prices of a piece by what a model is for: the same field stands for other things in other modes. */
const PIECE_PRICES: Readonly<Record<string, readonly [piece: string, ...theirs: string[]]>> = {
  image_generation: ['image', 'output_cost_per_image', 'input_cost_per_image'],
  image_edit: ['image', 'output_cost_per_image', 'input_cost_per_image'],
  video_generation: ['video_second', 'output_cost_per_video_per_second', 'output_cost_per_second'],
  audio_transcription: ['audio_second', 'input_cost_per_second'],
  audio_speech: ['character', 'input_cost_per_character'],
  ocr: ['page', 'ocr_cost_per_page'],
}

const SUFFIX = /^(?:_above_(\d{1,6})k_tokens)?(?:_(priority|flex|batches))?$/

/** Its own provider names carry the kind of endpoint: `bedrock_converse`, `vertex_ai-anthropic_models`. */
const PROVIDERS: readonly (readonly [prefix: string, provider: string])[] = [
  ['vertex_ai', 'google'],
  ['bedrock', 'bedrock'],
  ['text-completion-openai', 'openai'],
  ['fireworks_ai', 'fireworks'],
  ['cohere', 'cohere'],
]

/**
 * Converts LiteLLM's `model_prices_and_context_window.json` (USD per token) into prices per million tokens.
 * Long-context tiers, service tiers, cache lifetimes, audio, image, request and web search prices are kept, and those of
 * an image, a second, a character or a page.
 */
export function importLitellm(data: unknown): ImportedPrices {
  const prices = createImportedPrices()
  const skipped: { model: string; reason: string }[] = []
  const all = Object.entries(readObject(data)).filter(([model]) => model !== 'sample_spec')
  for (const [model, fields] of all.slice(0, MAX_MODELS)) {
    const rule = isObject(fields) ? toRule(fields) : null
    const providerName = readString(readObject(fields)['litellm_provider'])
    if (rule === null || providerName === null) {
      skipped.push({ model, reason: rule === null ? 'has no price that is known' : 'names no provider' })
      continue
    }
    const provider = toProvider(providerName)
    const name = model.startsWith(`${providerName}/`)
      ? model.slice(providerName.length + 1)
      : stripProvider(model, provider)
    if (!prices.add(provider, name, rule)) skipped.push({ model, reason: `${provider}/${name} is taken or reserved` })
  }
  for (const [model] of all.slice(MAX_MODELS)) skipped.push({ model, reason: `is past the first ${MAX_MODELS} models` })
  return { pricing: prices.toFile(), skipped }
}

/** Collects rules under names that come from outside: maps, since a name may be `__proto__`. */
export function createImportedPrices() {
  const providers = new Map<string, Map<string, unknown>>()
  return {
    /** False when the place is taken, or the name is one that the format keeps for itself. */
    add(provider: string, model: string, rule: unknown): boolean {
      const models = providers.get(provider) ?? new Map<string, unknown>()
      if (models.has(model) || isReserved(model) || isReserved(provider)) return false
      models.set(model, rule)
      providers.set(provider, models)
      return true
    },
    toFile(): Record<string, unknown> {
      const blocks = [...providers].map(([provider, models]) => [provider, Object.fromEntries(models)] as const)
      return { _meta: { version: 1, unit: '1m', currency: 'USD' }, ...Object.fromEntries(blocks) }
    },
  }
}

interface Rule {
  readonly rates: Record<string, unknown>
  readonly tiers: Map<number, Record<string, unknown>>
}

function toRule(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  const standard = createRule()
  const services = new Map<string, Rule>()
  for (const [field, value] of Object.entries(fields)) {
    const price = readCount(value)
    const named = price === null ? undefined : TOKEN_PRICES.find(([theirs]) => field.startsWith(theirs))
    const suffix = named ? SUFFIX.exec(field.slice(named[0].length)) : null
    if (price === null || !named || !suffix || named[1] === '') continue
    const rule = suffix[2] === undefined ? standard : ruleOf(services, SERVICE_TIERS.get(suffix[2])!)
    setRate(suffix[1] === undefined ? rule.rates : ratesAbove(rule, Number(suffix[1]) * 1_000), named[1], price)
  }
  const request = readCount(fields['input_cost_per_request'] ?? fields['input_cost_per_query'])
  const per = toPiecePrice(fields)
  const isPerToken = standard.rates['prompt'] !== undefined || standard.rates['completion'] !== undefined
  if (!isPerToken && request === null && per === null) return null
  const search = readCount(readObject(fields['search_context_cost_per_query'])['search_context_size_medium'])
  return {
    ...writeRule(standard),
    ...(services.size > 0 && {
      service_tiers: Object.fromEntries([...services].map(([name, rule]) => [name, writeRule(rule)])),
    }),
    ...(request !== null && { request }),
    ...(per !== null && { per }),
    ...(search !== null && { tools: { web_search: search } }),
  }
}

function toPiecePrice(fields: Readonly<Record<string, unknown>>): Record<string, number> | null {
  const mode = readString(fields['mode']) ?? ''
  const [piece, ...theirs] = Object.hasOwn(PIECE_PRICES, mode) ? PIECE_PRICES[mode]! : []
  const price = theirs.map((field) => readCount(fields[field])).find((value) => value !== null)
  return piece === undefined || price === undefined || price === null ? null : { [piece]: price }
}

function createRule(): Rule {
  return { rates: {}, tiers: new Map() }
}

function ruleOf(rules: Map<string, Rule>, name: string): Rule {
  const rule = rules.get(name) ?? createRule()
  rules.set(name, rule)
  return rule
}

function ratesAbove(rule: Rule, above: number): Record<string, unknown> {
  const rates = rule.tiers.get(above) ?? {}
  rule.tiers.set(above, rates)
  return rates
}

function setRate(rates: Record<string, unknown>, field: string, perToken: number): void {
  const [name = '', lifetime] = field.split('.')
  const price = shiftDecimal(perToken, 6)
  rates[name] = lifetime === undefined ? price : { ...readObject(rates[name]), [lifetime]: price }
}

function writeRule({ rates, tiers }: Rule): Record<string, unknown> {
  const rising = [...tiers].toSorted(([a], [b]) => a - b)
  return { ...rates, ...(rising.length > 0 && { tiers: rising.map(([above, prices]) => ({ above, ...prices })) }) }
}

function toProvider(name: string): string {
  return PROVIDERS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? canonicalProvider(name)
}

function stripProvider(model: string, provider: string): string {
  const slash = model.indexOf('/')
  return slash > 0 && toProvider(model.slice(0, slash)) === provider ? model.slice(slash + 1) : model
}
