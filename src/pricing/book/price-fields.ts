/** Price fields as they stand in a file, each with the other spellings that are read. */
const RATE_FIELDS = {
  prompt: ['input'],
  completion: ['output'],
  cached: ['cache_read', 'cached_prompt', 'cacheRead', 'cachedPrompt'],
  reasoning: [],
  audio_prompt: ['audio_input', 'audioPrompt', 'audioInput'],
  audio_cached: ['audioCached'],
  audio_completion: ['audio_output', 'audioCompletion', 'audioOutput'],
  image_prompt: ['image_input', 'imagePrompt', 'imageInput'],
  image_cached: ['imageCached'],
  image_completion: ['image_output', 'imageCompletion', 'imageOutput'],
} as const satisfies Record<string, readonly string[]>

/** Field by each of its spellings. */
export const RATE_FIELD_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(RATE_FIELDS).flatMap(([field, spellings]) => [field, ...spellings].map((name) => [name, field])),
)

/** Tokens that one price stands for, as a power of ten. */
export const UNITS = { token: 0, '1k': 3, '1m': 6 } as const
export type Unit = keyof typeof UNITS

/** What is charged by the piece where a request or an answer tells how many there are, as in `TokenCounts.units`. */
export const PIECES = ['image', 'video_second', 'audio_second', 'character', 'page', 'annotated_page'] as const

type PriceByName = Readonly<Record<string, number | null | undefined>>

/** Token prices by the names that stand in a file, checked. */
export interface RateFields {
  readonly [name: string]: unknown
  readonly cache_write?: number | PriceByName | null | undefined
  readonly cacheWrite?: number | PriceByName | null | undefined
}

export interface TierFields extends RateFields {
  readonly above: number
}

export interface ServiceTierFields extends RateFields {
  readonly multiplier?: number | undefined
  readonly tiers?: readonly TierFields[] | undefined
}

/** What a file says of one model for one period, checked. */
export interface PriceFields extends RateFields {
  readonly unit?: Unit | undefined
  readonly request?: number | null | undefined
  readonly tools?: PriceByName | undefined
  readonly per?: PriceByName | undefined
  readonly inference_regions?: PriceByName | undefined
  readonly inferenceRegions?: PriceByName | undefined
  readonly tiers?: readonly TierFields[] | undefined
  readonly service_tiers?: Readonly<Record<string, ServiceTierFields>> | undefined
  readonly serviceTiers?: Readonly<Record<string, ServiceTierFields>> | undefined
  readonly from?: string | null | undefined
  readonly until?: string | null | undefined
}
