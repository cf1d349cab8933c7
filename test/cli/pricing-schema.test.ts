import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { pricingJsonSchema } from '../../src/pricing/book/price-schema.ts'

const file = path.resolve(import.meta.dirname, '../../pricing.schema.json')

describe('pricing.schema.json', () => {
  it('is the schema that price files are read with (mend with UPDATE_DOCS=1)', () => {
    const generated = `${JSON.stringify(pricingJsonSchema(), null, 2)}\n`
    if (process.env['UPDATE_DOCS']) writeFileSync(file, generated)
    expect(readFileSync(file, 'utf8')).toBe(generated)
  })
})
