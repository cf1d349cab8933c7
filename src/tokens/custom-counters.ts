import { withDeadline } from '../core/deadline.ts'
import { TokenTrackerError, toErrorMessage } from '../core/errors.ts'

/**
 * Counts the tokens of a text for models that this library has no vocabulary for. Whole numbers from 0 up; fractions are
 * rounded. For a prompt `text` is the texts of all messages joined with `\n`, without any overhead for the chat format;
 * for an answer it is the visible reasoning, the text and the tool calls joined with `\n`.
 */
export type CustomCounter = (text: string, context: { model: string }) => number | Promise<number>

export interface CustomCountersOptions {
  /** Longest time in milliseconds that an asynchronous counter may take. */
  readonly deadlineMs: number
  onFault(error: unknown): void
}

export interface CustomCounters {
  /**
   * Exact names beat patterns, later registrations beat earlier ones. Returns what unregisters it.
   * Throws `TT_ERR_INVALID_ARGUMENT`.
   */
  register(model: string | RegExp, counter: CustomCounter): () => void
  has(model: string | null): model is string
  /** Tokens by the model's counter; `null` when there is none, or it fails. Never rejects. */
  count(text: string, model: string | null): Promise<number | null>
}

export const MAX_COUNTERS = 1_000
/** Model names come from requests: only this much of one is shown to a registered pattern. */
export const MAX_PATTERN_INPUT = 128
/** Calls of one counter under way at a time. A counter that hangs soon has no more of them, and costs no more time. */
export const MAX_CALLS = 32

interface Registration {
  readonly model: string | RegExp
  readonly counter: CustomCounter
  calls: number
  reported: boolean
}

export function createCustomCounters({ deadlineMs, onFault }: CustomCountersOptions): CustomCounters {
  /** Newest first. */
  let registrations: readonly Registration[] = []

  function find(model: string): Registration | undefined {
    const start = model.slice(0, MAX_PATTERN_INPUT)
    return (
      registrations.find((registration) => registration.model === model) ??
      registrations.find(({ model: pattern }) => typeof pattern !== 'string' && pattern.test(start))
    )
  }

  return {
    register(model, counter) {
      const registration = { model: readModel(model), counter: readCounter(counter), calls: 0, reported: false }
      if (registrations.length >= MAX_COUNTERS) {
        throw invalid(`expected at most ${MAX_COUNTERS} counters; unregister those no longer needed, or use a pattern`)
      }
      registrations = [registration, ...registrations]
      return () => {
        registrations = registrations.filter((other) => other !== registration)
      }
    },
    has: (model): model is string => model !== null && find(model) !== undefined,
    async count(text, model) {
      const registration = model === null ? undefined : find(model)
      if (!registration || model === null || registration.calls >= MAX_CALLS) return null
      try {
        return readAnswer(await call(registration, text, model, deadlineMs))
      } catch (error) {
        if (!registration.reported) {
          const message = `The counter registered for ${String(registration.model)} failed; its models are estimated`
          onFault(new TokenTrackerError('TT_ERR_COUNTER', `${message}: ${toErrorMessage(error)}`, { cause: error }))
        }
        registration.reported = true
        return null
      }
    },
  }
}

/** A call counts as under way until the counter itself ends it, however late. */
async function call(registration: Registration, text: string, model: string, deadlineMs: number): Promise<unknown> {
  registration.calls++
  const work = Promise.resolve()
    .then(() => registration.counter(text, { model }))
    .finally(() => registration.calls--)
  const result = await withDeadline(work, deadlineMs)
  if (!result.inTime) throw new Error(`expected an answer within ${deadlineMs} ms, got none`)
  return result.value
}

function readAnswer(answer: unknown): number {
  const tokens = typeof answer === 'number' ? Math.round(answer) : Number.NaN
  if (Number.isSafeInteger(tokens) && tokens >= 0) return tokens
  throw new TypeError(`expected a number of tokens from 0 up, got ${typeof answer} ${toErrorMessage(answer)}`)
}

function readModel(model: unknown): string | RegExp {
  if (typeof model === 'string' && model !== '') return model
  // Without `g` and `y`, which make a pattern remember its last match.
  if (model instanceof RegExp) return new RegExp(model.source, model.flags.replaceAll(/[gy]/g, ''))
  throw invalid(`expected a model name or a pattern of model names, got ${describe(model)}`)
}

function readCounter(counter: unknown): CustomCounter {
  if (typeof counter === 'function') return counter as CustomCounter
  throw invalid(`expected a function (text, { model }) => number of tokens, got ${describe(counter)}`)
}

function describe(value: unknown): string {
  return value === '' ? 'an empty text' : value === null ? 'null' : typeof value
}

function invalid(problem: string): TokenTrackerError {
  return new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', `A custom counter cannot be registered: ${problem}`)
}
