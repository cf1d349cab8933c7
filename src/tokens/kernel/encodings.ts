import { createRankTable, type RankTable } from './rank-table.ts'

export type EncodingName = keyof typeof vocabularies

export interface Encoding {
  readonly ranks: RankTable
  /** Matches the piece that begins at `lastIndex`. Pieces follow each other without gaps. */
  readonly piece: RegExp
}

/** Vocabulary files of js-tiktoken, up to 2.3 MB each. */
const vocabularies = {
  o200k_base: () => import('js-tiktoken/ranks/o200k_base'),
  cl100k_base: () => import('js-tiktoken/ranks/cl100k_base'),
  p50k_base: () => import('js-tiktoken/ranks/p50k_base'),
}

const loading = new Map<EncodingName, Promise<Encoding>>()

/** Loads each encoding once. After a failed load the next call tries again. */
export function loadEncoding(name: EncodingName): Promise<Encoding> {
  const known = loading.get(name)
  if (known) return known
  const encoding = readEncoding(name)
  loading.set(name, encoding)
  encoding.catch(() => loading.delete(name))
  return encoding
}

async function readEncoding(name: EncodingName): Promise<Encoding> {
  const { default: vocabulary } = await vocabularies[name]()
  return { ranks: await createRankTable(vocabulary.bpe_ranks), piece: toPiecePattern(vocabulary.pat_str) }
}

/**
 * The patterns were written for Rust: its `\s` is Unicode White_Space (with U+0085, without U+FEFF), and `'s` in any case
 * matches U+017F, the long s, too.
 */
function toPiecePattern(source: string): RegExp {
  const pattern = source
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}')
    .replaceAll("'S|", "'S|'\u017f|")
  return new RegExp(pattern, 'uy')
}
