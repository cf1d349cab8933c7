import { TokenTrackerError } from '../core/errors.ts'
import type { Sink } from './sink.ts'

/** @throws TokenTrackerError `TT_ERR_INVALID_ARGUMENT` for what is no sink */
export function checkSink(sink: Sink, taken: ReadonlySet<string>): void {
  const problem = findProblem(sink, taken)
  if (problem !== null) throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', `addSink expected ${problem}`)
}

function findProblem(sink: Sink, taken: ReadonlySet<string>): string | null {
  if (typeof sink?.name !== 'string' || sink.name === '') return 'a sink with a name, such as { name: "mine", write }'
  if (typeof sink.write !== 'function')
    return `a sink with a function \`write\`, got ${typeof sink.write} in "${sink.name}"`
  if (taken.has(sink.name)) return `a name of its own for each sink, got "${sink.name}" again`
  return null
}
