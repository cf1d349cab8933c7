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
