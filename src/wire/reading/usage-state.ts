import { UNKNOWN_USAGE, type ReportedUsage } from '../../core/records/usage.ts'

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

  /** Calls, and units other than tokens, that a response states outside its usage object; a later number replaces. */
  addCalls(calls: Readonly<Record<string, number>>): void {
    if (!isEmpty(calls)) this.#usage = { ...this.#usage, toolCalls: { ...this.#usage.toolCalls, ...calls } }
  }

  addUnits(units: Readonly<Record<string, number>>): void {
    if (!isEmpty(units)) this.#usage = { ...this.#usage, units: { ...this.#usage.units, ...units } }
  }

  /** Tokens that another model spent inside this response, told outside its usage object. */
  setOtherModels(otherModels: ReportedUsage['otherModels']): void {
    if (otherModels.length > 0) this.#usage = { ...this.#usage, otherModels }
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
  // Calls and units are told in several places: what one of them leaves out stays.
  if (!isEmpty(current.toolCalls)) merged['toolCalls'] = { ...current.toolCalls, ...next.toolCalls }
  if (!isEmpty(current.units)) merged['units'] = { ...current.units, ...next.units }
  return merged as unknown as ReportedUsage
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
