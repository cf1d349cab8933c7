import type { Vocabulary } from '../vocabularies/vocabulary.ts'
import { createRankTable, type RankTable } from './rank-table.ts'

export interface Encoding {
  readonly ranks: RankTable
  /** Matches the piece that begins at `lastIndex`. Pieces follow each other without gaps. */
  readonly piece: RegExp
}

export async function createEncoding(vocabulary: Vocabulary): Promise<Encoding> {
  return { ranks: await createRankTable(vocabulary), piece: toPiecePattern(vocabulary.pattern) }
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
