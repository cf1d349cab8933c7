import { describe, expect, it } from 'vitest'
import { renderJson as render } from '../../src/tokens/prompt/rendered-json.ts'
import { MAX_RENDERED_LENGTH } from '../../src/tokens/prompt/text-writer.ts'
import { WorkBudget } from '../../src/core/work-budget.ts'

const renderJson = (value: unknown) => render(value, new WorkBudget(1_000_000))

describe('rendering JSON', () => {
  it('writes objects and lists without white space', () => {
    expect(renderJson({ type: 'object', required: [] })).toEqual({
      text: '{"type":"object","required":[]}',
      truncated: false,
    })
    expect(renderJson([{ name: 'a' }, { name: 'b' }])).toEqual({
      text: '[{"name":"a"},{"name":"b"}]',
      truncated: false,
    })
  })

  it('keeps as many items of a list as fit, and says so', () => {
    const half = 'x'.repeat(MAX_RENDERED_LENGTH / 2)
    const { text, truncated } = renderJson(['a', half, half, 'b'])
    expect([text.length, truncated]).toEqual([3 + 1 + half.length + 2 + 2, true])
  })

  it('leaves out what is too deep, cyclic or no JSON', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    let deep: object = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    for (const value of [cycle, deep, 1n, undefined]) expect(renderJson(value)).toEqual({ text: '', truncated: true })
  })
})
