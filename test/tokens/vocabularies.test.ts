import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import o200k from 'js-tiktoken/ranks/o200k_base'
import p50k from 'js-tiktoken/ranks/p50k_base'
import { describe, expect, it } from 'vitest'
import type { PackedVocabulary } from '../../src/tokens/vocabularies/vocabulary.ts'
import { readVocabulary } from '../../src/tokens/vocabularies/vocabulary.ts'

const folder = path.resolve(import.meta.dirname, '../../src/tokens/vocabularies')

/** Lines of `! <rank of the first token> <token in base64> <token in base64> ...`. */
function toTokens(lists: string): Buffer[] {
  const tokens: Buffer[] = []
  for (const line of lists.split('\n')) {
    const [, first, ...encoded] = line.split(' ')
    while (tokens.length < Number(first)) tokens.push(Buffer.alloc(0))
    for (const token of encoded) tokens.push(Buffer.from(token, 'base64'))
  }
  return tokens
}

function toModule(packed: PackedVocabulary): string {
  return `/** Made by \`npm run docs\` from the lists of js-tiktoken: what tiktoken's encoding consists of. */
export const packed = {
  size: ${packed.size},
  pattern: ${JSON.stringify(packed.pattern)},
  tokens: '${packed.tokens}',
}
`
}

function pack(content: Buffer): string {
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  return brotliCompressSync(content, { params }).toString('base64')
}

const vocabularies = [
  { name: 'o200k_base', original: o200k },
  { name: 'cl100k_base', original: cl100k },
  { name: 'p50k_base', original: p50k },
] as const

describe.each(vocabularies)('the vocabulary $name', ({ name, original }) => {
  it('is what js-tiktoken has (mend with UPDATE_DOCS=1)', async () => {
    const tokens = toTokens(original.bpe_ranks)
    const lengths = Buffer.from(tokens.map((token) => token.length))
    const bytes = Buffer.concat(tokens)
    if (process.env['UPDATE_DOCS']) {
      const file = path.join(folder, `${name.replace('_', '-')}.ts`)
      const packed = { size: tokens.length, pattern: original.pat_str, tokens: pack(Buffer.concat([lengths, bytes])) }
      const text = toModule(packed)
      if (readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
    }
    const vocabulary = await readVocabulary(name)
    expect(vocabulary.pattern).toBe(original.pat_str)
    expect(lengths.equals(vocabulary.lengths) && bytes.equals(vocabulary.bytes)).toBe(true)
  })
})
