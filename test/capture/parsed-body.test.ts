import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readParsedBody } from '../../src/capture/node/parsed-body.ts'

describe('the body that a parser left on the request', () => {
  it.each([
    [{ model: 'gpt-4o' }],
    [{ pipe: 'a field of the client, not a method' }],
    [Object.assign(Object.create(null) as object, { model: 'gpt-4o' })],
    ['{"model":"gpt-4o"}'],
    [Buffer.from('{}')],
  ])('is taken: %j', (body) => {
    expect(readParsedBody({ body })).toBe(body)
  })

  it.each([
    [undefined],
    [null],
    [{}],
    [''],
    [Buffer.alloc(0)],
    [[]],
    [[1]],
    [42],
    [true],
    [Object.create({ inherited: 1 })],
  ])('is none: %j', (body) => {
    expect(readParsedBody({ body })).toBeNull()
  })

  it('is none where the unread stream stands in its place', () => {
    expect(readParsedBody({ body: Readable.from(['{}']) })).toBeNull()
    expect(readParsedBody({ body: new Blob(['{}']).stream() })).toBeNull()
  })

  it('is none where asking for it throws', () => {
    const request = {
      get body() {
        throw new Error('not parsed')
      },
    }
    expect(readParsedBody(request)).toBeNull()
  })
})
