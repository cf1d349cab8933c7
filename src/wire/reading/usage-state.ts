import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/usage.ts'

/**
 * The usage of one response while its messages come in. Later values replace earlier ones, they are never added:
 * providers repeat cumulative counts. A field that a later message leaves out keeps its value, and an all-zero object
 * never replaces real counts (Ollama's /v1/completions sends zeros on every chunk but the last).
 */
export class UsageState {
  #usage = UNKNOWN_USAGE

  assign(next: ReportedUsage | null): void {
    if (next === null || (isZero(next) && !isZero(this.#usage))) return
    this.#usage = this.#usage === UNKNOWN_USAGE ? next : mergeKnown(this.#usage, next)
  }

  /** Calls that a response states outside its usage object. */
  addToolCalls(calls: Readonly<Record<string, number>>): void {
    if (isEmpty(calls)) return
    this.#usage = { ...this.#usage, toolCalls: { ...this.#usage.toolCalls, ...calls } }
  }

  get usage(): ReportedUsage {
    return this.#usage
  }
}

function isZero(usage: ReportedUsage): boolean {
  return !usage.input && !usage.output
}

function mergeKnown(current: ReportedUsage, next: ReportedUsage): ReportedUsage {
  // Some providers count in every message, so this runs for each of them.
  const merged: Record<string, unknown> = { ...current }
  for (const [key, value] of Object.entries(next)) if (value !== null && !isEmpty(value)) merged[key] = value
  return merged as unknown as ReportedUsage
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
