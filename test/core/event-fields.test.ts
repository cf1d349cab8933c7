import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVENT_FIELDS } from '../../src/core/records/event-fields.ts'

describe('the table of event fields', () => {
  it('has the fields of UsageEvent in their order, each with its docstring', () => {
    const source = readFileSync(path.resolve(import.meta.dirname, '../../src/core/records/event.ts'), 'utf8')
    const body = /interface UsageEvent \{\n(.*?)\n\}/s.exec(source)![1]!
    const documented = [...body.matchAll(/^ {2}\/\*\* (.+) \*\/\n {2}(\w+): .+$/gm)]
    expect(documented.map(([, doc, name]) => [name, doc])).toEqual(
      Object.entries(EVENT_FIELDS).map(([name, { doc }]) => [name, doc]),
    )
    expect(body.split('\n')).toHaveLength(2 * documented.length)
  })
})
