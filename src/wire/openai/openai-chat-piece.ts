import { parseJson } from '../../core/json.ts'
import type { CompletionBuilder } from '../reading/completion-builder.ts'

/** Longer messages are parsed: they are few, and a pattern over them is no gain. */
const MAX_PIECE_LENGTH = 4096

const TEXT = '"([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"'
/** Fields beside the content that say nothing: a role, and whatever is null. */
const SILENT = '"(?:role":\\s?"assistant"|\\w+":\\s?null)'
const DELTA = `"delta":\\s?\\{(?:${SILENT},\\s?)*"content":\\s?${TEXT}(?:,\\s?${SILENT})*\\}`
const INDEX = '"index":\\s?(\\d{1,3})'
const CHOICE = new RegExp(
  `"choices":\\s?\\[\\{(?:(?:${INDEX}|${SILENT}),\\s?)*${DELTA}(?:,\\s?(?:${INDEX}|${SILENT}))*\\}\\]`,
)

/**
 * Reads a chunk that only carries a piece of text, without parsing it: nine of ten messages of a stream are such chunks,
 * and parsing them is most of the cost of reading it. False for every chunk that could say anything else: beside the one
 * choice of the known form it must hold no object (usage, error) at all.
 */
export function readChatPiece(text: string, completion: CompletionBuilder): boolean {
  if (text.length > MAX_PIECE_LENGTH) return false
  const match = CHOICE.exec(text)
  if (match === null) return false
  const [choice, indexBefore, content = '', indexBehind] = match
  const brace = match.index + choice.indexOf('{')
  if (text[0] !== '{' || text.indexOf('{', 1) !== brace || text.indexOf('{', match.index + choice.length) !== -1)
    return false
  completion.text(content.includes('\\') ? parseJson(`"${content}"`) : content, Number(indexBefore ?? indexBehind ?? 0))
  return true
}
