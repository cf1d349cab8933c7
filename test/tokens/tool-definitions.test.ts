import { describe, expect, it } from 'vitest'
import { toCpuRatio } from '../setup/cpu-time.ts'
import { WorkBudget } from '../../src/core/work-budget.ts'
import { MAX_RENDERED_LENGTH } from '../../src/tokens/prompt/text-writer.ts'
import { isHostedTool, renderToolDefinitions as renderWithin } from '../../src/tokens/prompt/tool-definitions.ts'

const renderToolDefinitions = (tools: readonly unknown[]) => renderWithin(tools, new WorkBudget(1_000_000))

const ferry = {
  name: 'find_ferry',
  description: 'Finds the next ferry',
  parameters: {
    type: 'object',
    properties: {
      harbour: { type: 'string', description: 'Name of the harbour' },
      day: { type: 'string', enum: ['today', 'tomorrow'] },
      seats: { type: 'integer' },
      vehicles: {
        type: 'array',
        items: {
          type: 'object',
          properties: { kind: { type: ['string', 'null'] }, tonnes: { type: 'number' } },
          required: ['kind'],
        },
      },
      price: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      extra: {},
    },
    required: ['harbour', 'seats'],
  },
}

const rendered = `namespace functions {

// Finds the next ferry
type find_ferry = (_: {
// Name of the harbour
harbour: string,
day?: "today" | "tomorrow",
seats: number,
vehicles?: {
kind: string | null,
tonnes?: number,
}[],
price?: number | null,
extra?: any,
}) => any;

} // namespace functions`

describe('rendering tool definitions', () => {
  it('writes a TypeScript namespace', () => {
    expect(renderToolDefinitions([{ type: 'function', function: ferry }])).toEqual({ text: rendered, truncated: false })
  })

  it.each([
    ['a bare function', ferry],
    ['input_schema', { ...ferry, parameters: undefined, input_schema: ferry.parameters }],
    ['a toolSpec', { toolSpec: { ...ferry, parameters: undefined, inputSchema: { json: ferry.parameters } } }],
    ['functionDeclarations', { functionDeclarations: [ferry] }],
    ['types in capitals', { ...ferry, parameters: { ...ferry.parameters, type: 'OBJECT' } }],
  ])('reads the shape of %s', (_, tool) => {
    expect(renderToolDefinitions([tool]).text).toBe(rendered)
  })

  it('writes a function without parameters, and a built-in tool by its type', () => {
    expect(renderToolDefinitions([{ type: 'function', function: { name: 'stop' } }, { type: 'web_search' }]).text).toBe(
      'namespace functions {\n\ntype stop = () => any;\n\ntype web_search = () => any;\n\n} // namespace functions',
    )
  })

  it('ignores what is no definition', () => {
    expect(renderToolDefinitions([null, 7, 'tool', [ferry]]).text).toBe(
      'namespace functions {\n\n} // namespace functions',
    )
  })

  it('stops at a length, and says so', () => {
    const long = { ...ferry, description: 'x'.repeat(MAX_RENDERED_LENGTH / 2) }
    const { text, truncated } = renderToolDefinitions([long, long, long])
    expect(truncated).toBe(true)
    expect(text.length).toBeLessThanOrEqual(MAX_RENDERED_LENGTH)
  })

  it('writes "any" for what is nested too deep, however deep it is', () => {
    let schema: object = { type: 'string' }
    for (let depth = 0; depth < 100_000; depth++) schema = { type: 'array', items: schema }
    const tool = { name: 'deep', parameters: { type: 'object', properties: { value: schema } } }
    const { text, truncated } = renderToolDefinitions([tool])
    expect(text).toContain(`value?: any${'[]'.repeat(16)},`)
    expect(truncated).toBe(true)
  })

  it.each([
    ['values', { enum: Array.from({ length: 1_001 }, (_, at) => at) }],
    ['choices', { anyOf: Array.from({ length: 1_001 }, () => ({ type: 'string' })) }],
    ['types', { type: Array.from({ length: 1_001 }, () => 'string') }],
    ['references', { $ref: '#/$defs/Place' }],
  ])('says so where it cuts %s, in one function of many', (_, value) => {
    const tools = [{ name: 'cut', parameters: { properties: { value } } }, ferry]
    expect(renderToolDefinitions(tools).truncated).toBe(true)
    expect(renderToolDefinitions([ferry]).truncated).toBe(false)
  })

  it('writes "any" for a reference', () => {
    const parameters = { properties: { place: { $ref: '#/$defs/Place' } }, $defs: { Place: ferry.parameters } }
    expect(renderToolDefinitions([{ name: 'go', parameters }]).text).toContain('place?: any,')
  })

  it('reads a tool that names itself where it does so, as Responses does', () => {
    const tool = { type: 'function', name: 'stop', function: ferry }
    expect(renderToolDefinitions([tool]).text).toContain('type stop = () => any;')
  })

  it('writes values that are no text, and "any" for those that are no value', () => {
    const values = [1, true, null, { toString: 1 }, [[1]]]
    const tool = { name: 'pick', parameters: { properties: { value: { enum: values } } } }
    expect(renderToolDefinitions([tool]).text).toContain('value?: 1 | true | null | any | any,')
  })

  it('writes a schema once, however often its type is repeated', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`p${index}`, { type: 'string' }]),
    )
    const render = (type: unknown) =>
      renderToolDefinitions([{ name: 'again', parameters: { properties: { value: { type, properties } } } }])
    const repeated = Array.from({ length: 1_000 }, () => 'object')
    expect(render(repeated)).toEqual(render('object'))
    expect(
      toCpuRatio(
        () => render(repeated),
        () => render('object'),
      ),
    ).toBeLessThan(4)
  })

  it('writes a schema once, in however many spellings its type is named, however deep', () => {
    const spell = (bits: number) =>
      Array.from('object', (letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter)).join('')
    const types = Array.from({ length: 64 }, (_, bits) => spell(bits))
    const nest = (type: unknown) => {
      let schema: object = { type: 'string' }
      for (let depth = 0; depth < 14; depth++) schema = { type, properties: { a: schema } }
      return { name: 'spelt', parameters: schema }
    }
    expect(renderToolDefinitions([nest(types)])).toEqual(renderToolDefinitions([nest('object')]))
  })

  it('stops where its budget is spent, and says so', () => {
    const tool = {
      name: 'wide',
      parameters: { properties: Object.fromEntries(Array.from({ length: 99 }, (_, at) => [at, {}])) },
    }
    expect(renderWithin([tool], new WorkBudget(1_000)).truncated).toBe(false)
    const { text, truncated } = renderWithin([tool], new WorkBudget(50))
    expect([truncated, text.split('\n').length < 60]).toEqual([true, true])
  })

  it('takes less time for ten megabytes of schema than parsing them', () => {
    const value = { type: 'string', enum: Array.from({ length: 1_000_000 }, (_, index) => `value ${index}`) }
    const text = JSON.stringify(value)
    const tools = [{ name: 'wide', parameters: { properties: { value } } }]
    expect(
      toCpuRatio(
        () => renderToolDefinitions(tools),
        () => JSON.parse(text) as unknown,
        3,
      ),
    ).toBeLessThan(1)
  })
})

describe('a tool of the vendor', () => {
  it.each([
    [{ type: 'web_search' }, true],
    [{ type: 'bash_20250124', name: 'bash' }, true],
    [{ googleSearch: {} }, true],
    [{ type: 'mcp', server_label: 'x' }, true],
    [ferry, false],
    [{ type: 'function', function: ferry }, false],
    [{ type: 'function', name: 'stop' }, false],
    [{ type: 'custom', name: 'sql' }, false],
    [{ type: 'custom', name: 'stop', input_schema: {} }, false],
    [{ functionDeclarations: [ferry] }, false],
    [{ toolSpec: ferry }, false],
    [null, false],
  ])('is %j: %s', (tool, expected) => {
    expect(isHostedTool(tool)).toBe(expected)
  })
})
