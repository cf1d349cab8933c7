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

export const UNKNOWN_COUNTS: TokenCounts = Object.freeze({
  input: null,
  output: null,
  cacheRead: null,
  audioCached: null,
  imageCached: null,
  cacheWrite: null,
  cacheWriteByLifetime: Object.freeze({}),
  reasoning: null,
  audioInput: null,
  audioOutput: null,
  imageInput: null,
  imageOutput: null,
  billedInput: null,
  billedOutput: null,
  toolCalls: Object.freeze({}),
  units: Object.freeze({}),
})

export const UNKNOWN_USAGE: ReportedUsage = Object.freeze({
  ...UNKNOWN_COUNTS,
  providerCost: null,
  serviceTier: null,
  inferenceRegion: null,
  otherModels: Object.freeze([]),
  raw: null,
})

/** Sum of two counts; unknown as soon as one of them is. */
export function addCounts(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

/** The weaker of the two sides' sources: an event is only as trustworthy as its worse half. */
export function weakerSource(a: TokenSource | null, b: TokenSource | null): TokenSource | null {
  if (a === null || b === null) return a ?? b
  return TOKEN_SOURCES.indexOf(a) >= TOKEN_SOURCES.indexOf(b) ? a : b
}
