import { describe, expect, it } from 'vitest'
import { isWithinBudget, WorkBudget } from '../../src/core/work-budget.ts'

describe('a budget of work', () => {
  it('grants as many steps as it has, whoever takes them', () => {
    const budget = new WorkBudget(3)
    expect([budget.take(), budget.take(2), budget.isSpent]).toEqual([true, true, false])
    expect([budget.take(), budget.isSpent, budget.take()]).toEqual([false, true, false])
  })

  it('is drawn on by each part of a value, however deep or cyclic it is', () => {
    const value = { a: [1, 2, { b: null }] }
    expect(isWithinBudget(value, new WorkBudget(8))).toBe(true)
    expect(isWithinBudget(value, new WorkBudget(7))).toBe(false)
    let deep: unknown[] = []
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(isWithinBudget(deep, new WorkBudget(1_000_000))).toBe(true)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(isWithinBudget(cycle, new WorkBudget(1_000_000))).toBe(false)
  })
})
