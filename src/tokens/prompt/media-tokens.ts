import type { MediaPart } from '../../core/conversation.ts'
import { countImage, type ImageRule } from './image-tokens.ts'
import { readImageSize, type ImageSize } from './image-size.ts'

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
