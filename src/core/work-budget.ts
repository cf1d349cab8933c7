/**
 * Steps that walking one request or answer may take. Everything that walks it draws on the same budget, so that however
 * its shapes multiply each other, the work ends: what is left out then must be said to be left out.
 */
export class WorkBudget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  /** False when nothing is left: then the step must not be taken. */
  take(steps = 1): boolean {
    this.#left -= steps
    return this.#left >= 0
  }

  /** True as soon as a step was refused. */
  get isSpent(): boolean {
    return this.#left < 0
  }
}

/** Draws one step for each part of a JSON value; false when the budget ends before it. Nesting does not use the stack. */
export function isWithinBudget(value: unknown, budget: WorkBudget): boolean {
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next !== 'object' || next === null) continue
    const parts = Array.isArray(next) ? (next as readonly unknown[]) : Object.values(next)
    if (!budget.take(1 + parts.length)) return false
    for (const part of parts) if (typeof part === 'object' && part !== null) pending.push(part)
  }
  return true
}
