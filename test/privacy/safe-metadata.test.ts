import { describe, expect, it } from 'vitest'
import { FIELD_KINDS } from '../../src/core/records/event-fields.ts'
import {
  MAX_METADATA_DEPTH,
  MAX_METADATA_KEY_LENGTH,
  TRUNCATED_KEY,
  MAX_METADATA_VALUE_LENGTH,
  toSafeMetadata,
} from '../../src/privacy/safe-metadata.ts'

const unreadable = (): never => {
  throw new Error('unreadable')
}

describe('toSafeMetadata', () => {
  it('copies JSON as it is', () => {
    const metadata = { a: [1, null, true, 'x', { b: -0.5 }], c: {}, constructor: 'x' }
    const copy = toSafeMetadata(metadata, null)
    expect(copy).toEqual(metadata)
    expect(copy['a']).not.toBe(metadata.a)
  })

  it('writes what JSON cannot', () => {
    const when = new Date('2024-01-15T10:30:00Z')
    const metadata = {
      big: 12n, huge: 1n << 2_000n, fraction: Number.NaN, endless: Infinity, when, never: new Date(Number.NaN),
      bytes: Buffer.from('secret'), run: () => 1, mark: Symbol('x'), nothing: undefined, list: [undefined, () => 1],
      map: new Map([['a', 1]]), error: new Error('x'),
    } // prettier-ignore
    expect(toSafeMetadata(metadata, null)).toEqual({
      big: '12', huge: '[bigint]', fraction: null, endless: null, when: '2024-01-15T10:30:00.000Z', never: null,
      bytes: '[binary]', list: [null, null], map: {}, error: {},
    }) // prettier-ignore
  })

  it('survives cycles, getters, proxies and toJSON that throw', () => {
    const cycle: Record<string, unknown> = { name: 'x' }
    cycle['self'] = { again: cycle }
    const metadata = {
      cycle,
      getter: Object.defineProperty({ ok: 1 }, 'bad', { enumerable: true, get: unreadable }),
      proxy: new Proxy({}, { ownKeys: unreadable }),
      revoked: (() => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      })(),
      json: { toJSON: unreadable },
      own: { toJSON: () => ({ shown: 'yes' }) },
    }
    expect(toSafeMetadata(metadata, null)).toEqual({
      cycle: { name: 'x', self: { again: '[circular]' } },
      getter: { ok: 1, bad: '[unreadable]' },
      proxy: '[unreadable]',
      revoked: '[unreadable]',
      json: '[unreadable]',
      own: { shown: 'yes' },
    })
  })

  it('drops __proto__ and pollutes nothing', () => {
    const copy = toSafeMetadata(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":2}}'), null)
    expect(copy).toEqual({ a: {} })
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each([[null], ['text'], [[1]], [undefined], [() => 1]])('makes an empty record of %j', (metadata) => {
    expect(toSafeMetadata(metadata, null)).toEqual({})
  })

  it('ends at a depth, a length of values and a length in all', () => {
    let deep: unknown = 'bottom'
    for (let depth = 0; depth < 100; depth++) deep = { deep }
    expect(JSON.stringify(toSafeMetadata({ deep }, null))).toBe(
      `${'{"deep":'.repeat(MAX_METADATA_DEPTH)}"[nested]"${'}'.repeat(MAX_METADATA_DEPTH)}`,
    )
    expect(toSafeMetadata({ long: 'x'.repeat(100_000) }, null)['long']).toHaveLength(MAX_METADATA_VALUE_LENGTH)
    const wide = toSafeMetadata(
      Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index])),
      null,
    )
    expect(wide[TRUNCATED_KEY]).toBe(true)
    expect(wide['key0']).toBe(0)
    expect(JSON.stringify(wide).length).toBeLessThan(FIELD_KINDS.metadata.maxLength * 2)
  })

  it('says where an array ended, and cuts long keys', () => {
    const list = toSafeMetadata({ list: Array.from({ length: 50_000 }, () => 1) }, null)['list'] as unknown[]
    expect(list.at(-1)).toBe('[truncated]')
    expect(list.length).toBeLessThan(FIELD_KINDS.metadata.maxLength)
    expect(Object.keys(toSafeMetadata({ ['k'.repeat(1_000)]: 1 }, null))).toEqual(['k'.repeat(MAX_METADATA_KEY_LENGTH)])
  })

  it('ends soon on structures that share their parts', () => {
    let shared: unknown[] = ['leaf']
    for (let depth = 0; depth < 7; depth++) shared = Array.from({ length: 100 }, () => shared)
    const start = performance.now()
    expect(JSON.stringify(toSafeMetadata({ shared }, null)).length).toBeLessThan(FIELD_KINDS.metadata.maxLength * 2)
    expect(performance.now() - start).toBeLessThan(100)
  })

  it('keeps two keys that are redacted to one word', () => {
    const redactor = { key: () => '[EMAIL]', value: (_: string, text: string) => text }
    expect(toSafeMetadata({ 'a@b.com': 1, 'c@d.com': 2, 'e@f.com': 3 }, redactor)).toEqual({
      '[EMAIL]': 1,
      '[EMAIL]_2': 2,
      '[EMAIL]_3': 3,
    })
  })
})
