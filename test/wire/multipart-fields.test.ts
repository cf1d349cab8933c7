import { describe, expect, it } from 'vitest'
import { readMultipartFields, startsMultipart } from '../../src/wire/request/multipart-fields.ts'

function toForm(parts: readonly [head: string, value: string][], border = 'XyZ'): Buffer {
  const text = parts.map(
    ([head, value]) => `--${border}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`,
  )
  return Buffer.from(`${text.join('')}--${border}--\r\n`, 'latin1')
}

const file: [string, string] = [
  'name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
  'RIFF\r\n--Xy\r\n\r\nname="model"',
]

describe('a form of several parts', () => {
  it('tells its fields, before and after its file', () => {
    const form = toForm([['name="model"', 'scribe-1'], file, ['name="stream"', 'true'], ['name="temperature"', '0.5']])
    expect(startsMultipart(form)).toBe(true)
    expect(readMultipartFields(form)).toEqual({ model: 'scribe-1', stream: true, temperature: 0.5 })
  })

  it('tells what stands before the place where it was cut', () => {
    const form = toForm([['name="model"', 'scribe-1'], file, ['name="prompt"', 'long words']])
    expect(readMultipartFields(form.subarray(0, form.length - 20))).toEqual({ model: 'scribe-1' })
  })

  it('is none without its boundary', () => {
    for (const text of ['{"model":"m"}', '--', '-- a\n', '--x\r\nmodel=m', '']) {
      expect(startsMultipart(Buffer.from(text))).toBe(false)
    }
  })

  it('is read in linear time, whatever it repeats', () => {
    const start = performance.now()
    for (const part of ['\r\n--', '\r\n\r\n', '--XyZ', '\r\n--XyZ\r\n', 'Content-Disposition: form-data; name="']) {
      readMultipartFields(Buffer.from(`--XyZ\r\nContent-Disposition: form-data; ${part.repeat(200_000)}`))
    }
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
