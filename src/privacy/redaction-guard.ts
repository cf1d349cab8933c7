import { isSecretName } from './recognisers/secret-assignment.ts'
import { redact, type LabelledRecogniser } from './redact.ts'
import type { Redact } from './redact-to-length.ts'

export interface RedactionGuardOptions {
  readonly redactor?: (text: string) => string
  readonly onFault: (name: string, problem: string) => void
}

/** Redaction that never throws: a text whose redaction failed is dropped and counted. */
export interface RedactionGuard {
  /** Names and ids, which the host's redactor does not see. */
  redactNames(found: readonly LabelledRecogniser[]): Redact
  /** Free texts. The host's redactor runs last and once, so that it never sees what is known already. */
  redactTexts(found: readonly LabelledRecogniser[]): Redact
  /** Values that stand under a name. */
  redactValues(found: readonly LabelledRecogniser[]): (name: string, value: string) => string | null
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
    redactNames: (found) => (name) => guarded(() => redact(name, found)),
    redactTexts: (found) => (text) => guarded(() => finish(redact(text, found))),
    redactValues(found) {
      const findsSecrets = found.some(({ label }) => label === 'SECRET')
      return (name, value) =>
        findsSecrets && isSecretName(name) ? '[SECRET]' : guarded(() => finish(redactUnder(name, value, found)))
    },
    drop,
    report,
    get dropped() {
      return dropped
    },
  }
}

/** The key tells what the value is: `5551234567` alone is a number, `phone: 5551234567` is a telephone. */
function redactUnder(name: string, value: string, found: readonly LabelledRecogniser[]): string {
  const prefix = `${name.slice(-64)}: `
  const redacted = redact(prefix + value, found)
  return redacted.startsWith(prefix) ? redacted.slice(prefix.length) : redact(value, found)
}

function readAnswer(answer: unknown): string {
  if (typeof answer === 'string') return answer
  throw new TypeError(`expected the redactor to return a string, got ${typeof answer}`)
}
