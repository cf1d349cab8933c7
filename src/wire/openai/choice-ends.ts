import { readCount, readObject, readText } from '../../core/json.ts'
import type { ReportedUsage } from '../../core/records/usage.ts'
import type { ResponseNotes } from '../reading/message-reader.ts'

/** Choices told apart. */
const MAX_ENDED = 128

/** The choices of one chat or completion that have a finish reason. */
export class ChoiceEnds {
  readonly #ended = new Set<number>()

  /** Notes what one message says of the end; its text and its usage have been noted before. */
  note(choices: readonly unknown[], usage: ReportedUsage | null, notes: ResponseNotes): void {
    for (const item of choices) {
      const choice = readObject(item)
      if (readText(choice['finish_reason']) && this.#ended.size < MAX_ENDED)
        this.#ended.add(readCount(choice['index']) ?? 0)
    }
    const allEnded = this.#ended.size > 0 && this.#ended.size >= notes.completion.choices
    if (allEnded || (usage && choices.length === 0)) notes.finished = true
    // Usage comes with the last finish reason, or behind it in a chunk without choices. Only `[DONE]` can follow, which not
    // everybody sends. Zeros, or usage before any text, hold the place of what follows.
    const isCounted = Boolean(usage?.input || usage?.output)
    const isBehind = choices.length === 0 && notes.completion.length > 0
    if (isCounted && (allEnded || isBehind)) notes.terminated = true
  }
}
