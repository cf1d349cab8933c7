import { describe, expect, it } from 'vitest'
import { WorkBudget } from '../../src/core/work-budget.ts'

describe('a budget of work', () => {
  it('grants as many steps as it has, whoever takes them', () => {
    const budget = new WorkBudget(3)
    expect([budget.take(), budget.take(2), budget.isSpent]).toEqual([true, true, false])
    expect([budget.take(), budget.isSpent, budget.take()]).toEqual([false, true, false])
  })
})
