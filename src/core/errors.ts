import { withoutCredentials } from './credentials.ts'

const brand = Symbol.for('token-tracker.error')

export type TokenTrackerErrorCode =
  | 'TT_ERR_CONFIGURATION'
  | 'TT_ERR_PRICING'
  | 'TT_ERR_COUNTER'
  | 'TT_ERR_SINK'
  | 'TT_ERR_INVALID_ARGUMENT'

/**
 * Base of every error this library makes. The message says what was expected, what came and how to mend it; addresses in
 * it lose their credentials.
 * `instanceof` holds across the ES module and the CommonJS build.
 */
export class TokenTrackerError extends Error {
  readonly code: TokenTrackerErrorCode

  constructor(code: TokenTrackerErrorCode, message: string, options?: ErrorOptions) {
    super(withoutCredentials(message), withoutTelltale(options))
    this.name = new.target.name
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(brand in value)) return false
    return this === TokenTrackerError || (value as { name?: unknown }).name === this.name
  }
}

/** One faulty setting: which one, and what it must look like. */
export interface ConfigurationIssue {
  /** Name of the variable, file place or option. */
  readonly name: string
  /** What is wrong, and the accepted form. Never quotes secrets, or the credentials of an address. */
  readonly problem: string
}

/** Lists every faulty setting at once. Thrown at start only. */
export class ConfigurationError extends TokenTrackerError {
  readonly issues: readonly ConfigurationIssue[]

  constructor(issues: readonly ConfigurationIssue[], options?: ErrorOptions) {
    const safe = issues.map(({ name, problem }) => ({
      name: withoutCredentials(name),
      problem: withoutCredentials(problem),
    }))
    const lines = safe.map((issue) => `  ${issue.name}: ${issue.problem}`)
    super('TT_ERR_CONFIGURATION', `Token Tracker is misconfigured:\n${lines.join('\n')}`, options)
    this.issues = safe
  }
}

/** A cause is printed with its error: one whose message holds credentials stays behind. */
function withoutTelltale(options: ErrorOptions | undefined): ErrorOptions | undefined {
  const { cause } = options ?? {}
  return cause instanceof Error && withoutCredentials(cause.message) !== cause.message ? undefined : options
}

/** The message of anything that can be thrown, without the credentials of addresses in it. Never throws itself. */
export function toErrorMessage(error: unknown): string {
  try {
    return withoutCredentials(error instanceof Error ? error.message : String(error))
  } catch {
    return 'an error that cannot be described'
  }
}
