import { parseJson } from '../core/json.ts'
import type { CompletionBuilder } from './completion-builder.ts'

/** Longer messages are parsed: they are few, and a pattern over them is no gain. */
const MAX_PIECE_LENGTH = 4096
const CHOICE =
  /"choices":\s?\[\{"index":\s?(\d{1,3}),\s?"delta":\s?\{(?:"role":\s?"assistant",\s?)?"content":\s?"((?:[^"\\]|\\.)*)"(?:,"refusal":null)?\},(?:\s?"logprobs":\s?null,)?\s?"finish_reason":\s?null\}\]/

/**
 * Reads a chunk that only carries a piece of text, without parsing it: nine of ten messages of a stream are such chunks,
 * and parsing them is most of the cost of reading it. False for every chunk that could say anything else: beside the one
 * choice of the known form it must hold no object (usage, error) at all.
 */
export function readChatPiece(text: string, completion: CompletionBuilder): boolean {
  if (text.length > MAX_PIECE_LENGTH) return false
  const match = CHOICE.exec(text)
  if (match === null) return false
  const [choice, index = '', content = ''] = match
  if (text.indexOf('{', match.index + choice.length) !== -1 || text.lastIndexOf('{', match.index) !== 0) return false
  completion.text(content.includes('\\') ? parseJson(`"${content}"`) : content, Number(index))
  return true
}
