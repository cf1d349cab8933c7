/** Where a token count comes from, strongest first. */
export type TokenSource = 'api' | 'custom' | 'tiktoken' | 'estimated'

export const TOKEN_SOURCES: readonly TokenSource[] = ['api', 'custom', 'tiktoken', 'estimated']

/**
 * Token counts of one exchange. `null` means that nobody said; 0 means that somebody said zero.
 * `input` and `output` are inclusive totals; every other token field is a part of one of them. Parts may overlap
 * (cached audio is both `cacheRead` and `audioInput`), so never subtract two parts from one total unclamped.
 */
export interface TokenCounts {
  /** Every prompt token: cache reads, cache writes and tool prompts included. */
  readonly input: number | null
  /** Every generated token, reasoning included. */
  readonly output: number | null
  readonly cacheRead: number | null
  /** The part of `cacheRead` that is audio, where it is told: it is also in `audioInput`. */
  readonly audioCached: number | null
  /** The part of `cacheRead` that is images, where it is told: it is also in `imageInput`. */
  readonly imageCached: number | null
  /** All cache writes, whatever their lifetime. */
  readonly cacheWrite: number | null
  /** The part of `cacheWrite` whose lifetime was told, keyed `5m`, `30m`, `1h`, `12h`. Empty when untold. */
  readonly cacheWriteByLifetime: Readonly<Record<string, number>>
  readonly reasoning: number | null
  readonly audioInput: number | null
  readonly audioOutput: number | null
  readonly imageInput: number | null
  readonly imageOutput: number | null
  /** What the provider bills where that differs from what was processed (Cohere `billed_units`). */
  readonly billedInput: number | null
  readonly billedOutput: number | null
  /** Calls of tools that are billed by the call, keyed by the provider's name (`web_search`, `file_search`). */
  readonly toolCalls: Readonly<Record<string, number>>
  /**
   * What is billed by something else than tokens or calls, keyed `image`, `video_second`, `audio_second`, `character`,
   * `page`. From the answer, else from the request. Empty where nothing is told.
   */
  readonly units: Readonly<Record<string, number>>
}

/** What one response said of its own consumption. */
export interface ReportedUsage extends TokenCounts {
  /** Cost in USD as the provider itself reported it. */
  readonly providerCost: number | null
  /** `flex`, `priority`, `batch`, ... as served, in lower case; `fast` for Anthropic's fast mode. */
  readonly serviceTier: string | null
  /** Where the model was made to run, where that changes the price: Anthropic's `inference_geo` (`us`). */
  readonly inferenceRegion: string | null
  /** Tokens that a second model spent inside this exchange, to be priced at that model's rate. */
  readonly otherModels: readonly { readonly model: string; readonly counts: TokenCounts }[]
  /** The provider's own usage object, untouched. */
  readonly raw: unknown
}

const NO_NUMBERS: Readonly<Record<string, number>> = Object.freeze({})
const NO_MODELS: ReportedUsage['otherModels'] = Object.freeze([])

/** What is told, and the rest unknown. Spelt out, for a spread of what is frozen takes ten times as long. */
export function createCounts(told: Partial<TokenCounts>): TokenCounts {
  return {
    input: told.input ?? null,
    output: told.output ?? null,
    cacheRead: told.cacheRead ?? null,
    audioCached: told.audioCached ?? null,
    imageCached: told.imageCached ?? null,
    cacheWrite: told.cacheWrite ?? null,
    cacheWriteByLifetime: told.cacheWriteByLifetime ?? NO_NUMBERS,
    reasoning: told.reasoning ?? null,
    audioInput: told.audioInput ?? null,
    audioOutput: told.audioOutput ?? null,
    imageInput: told.imageInput ?? null,
    imageOutput: told.imageOutput ?? null,
    billedInput: told.billedInput ?? null,
    billedOutput: told.billedOutput ?? null,
    toolCalls: told.toolCalls ?? NO_NUMBERS,
    units: told.units ?? NO_NUMBERS,
  }
}

/** The same for all of a usage. */
export function createUsage(told: Partial<ReportedUsage>): ReportedUsage {
  return {
    input: told.input ?? null,
    output: told.output ?? null,
    cacheRead: told.cacheRead ?? null,
    audioCached: told.audioCached ?? null,
    imageCached: told.imageCached ?? null,
    cacheWrite: told.cacheWrite ?? null,
    cacheWriteByLifetime: told.cacheWriteByLifetime ?? NO_NUMBERS,
    reasoning: told.reasoning ?? null,
    audioInput: told.audioInput ?? null,
    audioOutput: told.audioOutput ?? null,
    imageInput: told.imageInput ?? null,
    imageOutput: told.imageOutput ?? null,
    billedInput: told.billedInput ?? null,
    billedOutput: told.billedOutput ?? null,
    toolCalls: told.toolCalls ?? NO_NUMBERS,
    units: told.units ?? NO_NUMBERS,
    providerCost: told.providerCost ?? null,
    serviceTier: told.serviceTier ?? null,
    inferenceRegion: told.inferenceRegion ?? null,
    otherModels: told.otherModels ?? NO_MODELS,
    raw: told.raw ?? null,
  }
}

export const UNKNOWN_COUNTS: TokenCounts = Object.freeze(createCounts({}))

export const UNKNOWN_USAGE: ReportedUsage = Object.freeze(createUsage({}))

/** Sum of two counts; unknown as soon as one of them is. */
export function addCounts(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

/** The weaker of the two sides' sources: an event is only as trustworthy as its worse half. */
export function weakerSource(a: TokenSource | null, b: TokenSource | null): TokenSource | null {
  if (a === null || b === null) return a ?? b
  return TOKEN_SOURCES.indexOf(a) >= TOKEN_SOURCES.indexOf(b) ? a : b
}
