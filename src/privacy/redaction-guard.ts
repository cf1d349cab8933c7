import { isSecretName } from './recognisers/secret-assignment.ts'
import type { LabelledRecogniser, Redaction } from './redact.ts'
import type { Redact } from './redact-to-length.ts'

export interface RedactionGuardOptions {
  readonly redactor?: (text: string) => string
  readonly onFault: (name: string, problem: string) => void
}

/** Redaction that never throws: a text whose redaction failed is dropped and counted. */
export interface RedactionGuard {
  /** Names and ids, which the host's redactor does not see. */
  redactNames(redaction: Redaction, known: readonly LabelledRecogniser[]): Redact
  /** Free texts. The host's redactor runs last and once, so that it never sees what is known already. */
  redactTexts(redaction: Redaction, known: readonly LabelledRecogniser[]): Redact
  /** Values that stand under a name. */
  redactValues(
    redaction: Redaction,
    known: readonly LabelledRecogniser[],
  ): (name: string, value: string) => string | null
  drop(name: string): null
  report(name: string, problem: string): void
  readonly dropped: number
}

export function createRedactionGuard({ redactor, onFault }: RedactionGuardOptions): RedactionGuard {
  let dropped = 0

  function report(name: string, problem: string): void {
    try {
      onFault(name, problem)
    } catch {
      // What is at fault is gone by now; a reporter that throws must not take the event with it.
    }
  }

  function drop(name: string): null {
    dropped++
    report(name, 'failed: the text is dropped')
    return null
  }

  function guarded(redactText: () => string): string | null {
    try {
      return redactText()
    } catch {
      return drop('redactor')
    }
  }

  function finish(redacted: string): string {
    return redactor === undefined ? redacted : readAnswer(redactor(redacted))
  }

  return {
    redactNames: (redaction, known) => (name) => guarded(() => redaction.redact(name, known)),
    redactTexts: (redaction, known) => (text) => guarded(() => finish(redaction.redact(text, known))),
    redactValues(redaction, known) {
      const findsSecrets = redaction.finds('SECRET')
      const redact = (text: string) => redaction.redact(text, known)
      return (name, value) =>
        findsSecrets && isSecretName(name) ? '[SECRET]' : guarded(() => finish(redactUnder(name, value, redact)))
    },
    drop,
    report,
    get dropped() {
      return dropped
    },
  }
}

/** The key tells what the value is: `5551234567` alone is a number, `phone: 5551234567` is a telephone. */
function redactUnder(name: string, value: string, redact: (text: string) => string): string {
  const prefix = `${name.slice(-64)}: `
  const redacted = redact(prefix + value)
  return redacted.startsWith(prefix) ? redacted.slice(prefix.length) : redact(value)
}

function readAnswer(answer: unknown): string {
  if (typeof answer === 'string') return answer
  throw new TypeError(`expected the redactor to return a string, got ${typeof answer}`)
}
