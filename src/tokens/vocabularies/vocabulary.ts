import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

export type EncodingName = keyof typeof vocabularies

/** How a vocabulary stands in the files beside this one, which `npm run docs` writes from js-tiktoken's lists. */
export interface PackedVocabulary {
  readonly size: number
  /** What divides a text into pieces, as js-tiktoken writes it. */
  readonly pattern: string
  /** The length of every token in one byte, then the tokens, in the order of their ranks: brotli, in base64. */
  readonly tokens: string
}

/** All tokens one after the other in `bytes`. Ranks that are not in use have the length 0. */
export interface Vocabulary {
  readonly pattern: string
  readonly lengths: Uint8Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Modules, and not other files: a bundler takes them along by itself. */
const vocabularies = {
  o200k_base: () => import('./o200k-base.ts'),
  cl100k_base: () => import('./cl100k-base.ts'),
  p50k_base: () => import('./p50k-base.ts'),
}

const decompress = promisify(brotliDecompress)

export async function readVocabulary(name: EncodingName): Promise<Vocabulary> {
  const { packed } = await vocabularies[name]()
  const content = await decompress(Buffer.from(packed.tokens, 'base64'))
  return {
    pattern: packed.pattern,
    lengths: Uint8Array.from(content.subarray(0, packed.size)),
    bytes: Uint8Array.from(content.subarray(packed.size)),
  }
}
