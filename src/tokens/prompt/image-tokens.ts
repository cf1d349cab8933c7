import type { MediaPart } from '../../core/records/conversation.ts'
import { readImageSize, type ImageSize } from './image-size.ts'

/** How a model family turns an image into tokens (vendors' documentation, November 2026). */
export type ImageRule =
  /** OpenAI: a base, and a price for each 512-pixel tile of the scaled image. */
  | { readonly kind: 'tiles'; readonly base: number; readonly tile: number }
  /** OpenAI's small models: 32-pixel patches, at most 1,536 of them, times a factor. */
  | { readonly kind: 'patches'; readonly factor: number }
  /** Gemini: one square for small images, else one for each 768 pixels. */
  | { readonly kind: 'squares'; readonly tile: number }
  /** Claude: the scaled area divided by a number of pixels. */
  | { readonly kind: 'area'; readonly pixels: number; readonly longest: number }

export interface MediaCount {
  readonly tokens: number
  /** False where the size of an image had to be assumed. */
  readonly exact: boolean
  /** True where there is no rule, so that the part counts 0. */
  readonly unknown: boolean
}

/** What an image is taken for when it is a reference: nothing is ever fetched. */
const ASSUMED_SIZE: ImageSize = { width: 1024, height: 1024 }

/** Vendors publish rules for images; for audio and files they depend on what is inside. */
export function countMedia(part: MediaPart, rule: ImageRule): MediaCount {
  if (part.kind !== 'image') return { tokens: 0, exact: false, unknown: true }
  const size = part.data === null ? null : readImageSize(part.data)
  const isFlat = rule.kind === 'tiles' && part.detail === 'low'
  return {
    tokens: countImage(rule, size ?? ASSUMED_SIZE, part.detail),
    exact: size !== null || isFlat,
    unknown: false,
  }
}

/** `detail` is what the request asks for; only `low` changes the count. */
export function countImage(rule: ImageRule, { width, height }: ImageSize, detail: string | null): number {
  switch (rule.kind) {
    case 'tiles': {
      if (detail === 'low') return rule.base
      const fitted = scaleInto({ width, height }, 2048, 768)
      return rule.base + rule.tile * Math.ceil(fitted.width / 512) * Math.ceil(fitted.height / 512)
    }
    case 'patches':
      return Math.ceil(countPatches({ width, height }) * rule.factor)
    case 'squares':
      return rule.tile * (Math.max(width, height) <= 384 ? 1 : Math.ceil(width / 768) * Math.ceil(height / 768))
    default: {
      const fitted = scaleInto({ width, height }, rule.longest, rule.longest)
      return Math.ceil((fitted.width * fitted.height) / rule.pixels)
    }
  }
}

/** Shrinks, never grows, until no side is over `longest` and the shorter one not over `shortest`. */
function scaleInto({ width, height }: ImageSize, longest: number, shortest: number): ImageSize {
  const scale = Math.min(1, longest / Math.max(width, height), shortest / Math.min(width, height))
  return { width: Math.round(width * scale), height: Math.round(height * scale) }
}

const PATCH = 32
const MAX_PATCHES = 1_536

function countPatches({ width, height }: ImageSize): number {
  const patches = Math.ceil(width / PATCH) * Math.ceil(height / PATCH)
  if (patches <= MAX_PATCHES) return patches
  // Shrunk to the area of 1,536 patches, then a little more, so that a whole number of patches fits one side.
  const shrink = Math.sqrt((PATCH * PATCH * MAX_PATCHES) / (width * height))
  const columns = (width * shrink) / PATCH
  const rows = (height * shrink) / PATCH
  const fit = Math.min(Math.floor(columns) / columns, Math.floor(rows) / rows)
  return Math.max(1, Math.min(MAX_PATCHES, Math.ceil(columns * fit) * Math.ceil(rows * fit)))
}
