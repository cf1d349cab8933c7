import type { Environment } from '../config/load-config.ts'
import { toPrintable } from './printable.ts'

/** What a command sees of the process, so that tests can run it in their own. */
export interface CommandContext {
  readonly env: Environment
  /** Results. */
  stdout(text: string): void
  /** Everything else: faults, warnings, what was left out. */
  stderr(text: string): void
}

export function warn(context: CommandContext, message: string): void {
  context.stderr(`warning: ${toPrintable(message)}\n`)
}
