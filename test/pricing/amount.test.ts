import { describe, expect, it } from 'vitest'
import { multiply, shiftDecimal, toAmount, toNumber, toNumbers } from '../../src/pricing/amount.ts'

describe('amounts', () => {
  it('keep a decimal price exactly', () => {
    expect(toAmount(0.03, -3)).toBe(30_000_000_000_000_000_000n)
    expect(toAmount(2.5e-7)).toBe(250_000_000_000_000_000n)
    expect(toAmount(1.25, -6)).toBe(1_250_000_000_000_000_000n)
    expect(toAmount(0)).toBe(0n)
  })

  it('round what is finer than 24 decimals to the nearest unit', () => {
    expect(toAmount(5e-25)).toBe(1n)
    expect(toAmount(4e-25)).toBe(0n)
    expect(toAmount(5e-324)).toBe(0n)
  })

  it('read back as the number they came from', () => {
    for (const value of [0.1, 0.3, 123.456, 0.08333333333333334, 1e9]) expect(toNumber(toAmount(value))).toBe(value)
  })

  it('multiply without binary rounding', () => {
    expect(toNumber(multiply(toAmount(0.1), toAmount(3)))).toBe(0.3)
  })

  it('move a decimal point exactly', () => {
    expect(shiftDecimal(0.0000025, 6)).toBe(2.5)
    expect(shiftDecimal(1.1e-7, 6)).toBe(0.11)
    expect(shiftDecimal(0, 6)).toBe(0)
  })
})

describe('writing amounts as numbers', () => {
  it('gives 0.3 for 0.1 and 0.2', () => {
    expect(toNumbers([toAmount(0.1), toAmount(0.2)])).toEqual({ parts: [0.1, 0.2], sum: 0.3 })
  })

  it('keeps the sum of the written parts equal to the written sum, digit by digit', () => {
    let seed = 7
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    for (let round = 0; round < 2_000; round++) {
      const given = [random() * 10 ** (round % 9), random() / 10 ** (round % 11), random() / 7].map((part) =>
        toAmount(part),
      )
      const { parts, sum } = toNumbers(given)
      const exact = parts.reduce((total, part) => total + toAmount(part), 0n)
      expect(exact).toBe(toAmount(sum))
    }
  })

  it('writes zero as zero', () => {
    expect(toNumbers([0n, 0n])).toEqual({ parts: [0, 0], sum: 0 })
  })

  it('keeps what a single cheap token costs', () => {
    expect(toNumbers([toAmount(0.0375, -6), 0n]).sum).toBe(3.75e-8)
  })
})
