import type { Environment } from '../config/load-config.ts'

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

/** Model names come from requests: without this one could move the cursor of a terminal, or turn its text around. */
export function toPrintable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, toEscape)
}

function toEscape(letter: string): string {
  return `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`
}
