import { describe, expect, it } from 'vitest'
import { compileGlob, compileRegex } from '../../src/pricing/matching/linear-pattern.ts'
import { toCpuRatio } from '../setup/cpu-time.ts'

describe('regular expressions', () => {
  it.each([
    ['gpt-4.*', 'gpt-4o', true],
    ['gpt-4.*', 'my-gpt-4', false],
    ['gpt-4', 'gpt-4o', true],
    ['^gpt-4$', 'gpt-4o', false],
    ['^gpt-4o(-\\d{4}-\\d{2}-\\d{2})?$', 'gpt-4o-2024-08-06', true],
    ['^gpt-4o(-\\d{4}-\\d{2}-\\d{2})?$', 'gpt-4o', true],
    ['^gpt-4o(-\\d{4}-\\d{2}-\\d{2})?$', 'gpt-4o-mini', false],
    ['gpt-4(?!o)', 'gpt-4-turbo', true],
    ['gpt-4(?!o)', 'gpt-4o', false],
    ['(?=.*mini)gpt', 'gpt-4o-mini', true],
    ['(?=.*mini)gpt', 'gpt-4o', false],
    ['(?:a|b)+c', 'ababc', true],
    ['[a-c]{2,3}$', 'abca', false],
    ['[a-c]{2,3}$', 'abc', true],
    ['[^a-z]', 'a', false],
    ['[^a-z]', '1', true],
    ['[\\w.-]+$', 'gpt-4.1_x', true],
    ['o\\d\\b', 'o3-mini', true],
    ['o\\d\\b', 'o3x', false],
    ['CLAUDE-[A-Z]+$', 'claude-opus', true],
    ['(?i)Llama', 'llama3', true],
    ['a{2}', 'aa', true],
    ['a{2}', 'a', false],
    ['a{,2}', 'a{,2}', true],
    ['a??b', 'b', true],
    ['', 'anything', true],
    ['()*x', 'x', true],
    ['x|', 'y', true],
  ])('%s on %s is %s', (source, name, expected) => {
    expect(compileRegex(source).matches(name)).toBe(expected)
  })

  it.each([
    ['(a', /not closed/],
    ['a)', /unexpected "\)"/],
    ['[a', /not closed/],
    ['*a', /nothing to repeat/],
    ['a**', /nothing to repeat/],
    ['(?<=a)b', /not supported/],
    ['(a)\\1', /\\1 is not supported/],
    ['a\\', /escapes nothing/],
    ['a{5,2}', /lower bound first/],
    ['a{99999}', /at most 200/],
    ['[z-a]', /out of order/],
    ['(((a{100}){100}){100})', /too large/],
    ['((((){100}){100}){100}){100}', /too large/],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, /deep/],
    ['a'.repeat(501), /at most 500 characters/],
  ])('refuses %s', (source, message) => {
    expect(() => compileRegex(source)).toThrow(message)
  })

  it.each([
    '(a+)+$',
    '(a|aa)+$',
    '(a|a)*$',
    '([a-z]+)*\\d',
    '(.*a){20}$',
    '.*.*.*.*.*.*=',
    '(a*)*b',
    '(?=(a+)+$)(a+)+$',
    '(?!(?=(a*)*c)a)a*b',
  ])('matches %s against a hostile name in bounded time', (source) => {
    const pattern = compileRegex(source)
    const match = (length: number) => () => pattern.matches(`${'a'.repeat(length)}!`)
    expect(match(199)()).toBe(false)
    // Four times the length takes four times the time, sixteen where a lookahead begins anew at each place.
    expect(toCpuRatio(match(199), match(49), 10)).toBeLessThan(40)
  })
})

describe('globs', () => {
  it.each([
    ['gpt-5.6*', 'gpt-5.6-sol', true],
    ['gpt-5.6*', 'gpt-5.6', true],
    ['gpt-5.6*', 'gpt-516', false],
    ['*-mini', 'gpt-4o-mini', true],
    ['*-mini', 'gpt-4o-mini-high', false],
    ['a*b*c', 'axxbxxc', true],
    ['(x)*', '(x)y', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a**b', 'ab', true],
    ['*a*a*', 'a', false],
    ['*ab*b', 'ab', false],
  ])('%s on %s is %s', (source, name, expected) => {
    expect(compileGlob(source).matches(name)).toBe(expected)
  })
})

describe('the literal prefix of a pattern', () => {
  it('is the text before the first thing that may vary', () => {
    expect(compileRegex('^gpt-4o?').prefix).toBe('gpt-4')
    expect(compileRegex('a|b').prefix).toBe('')
    expect(compileRegex('GPT-(4|5)').prefix).toBe('gpt-')
    expect(compileGlob('Claude-*-opus').prefix).toBe('claude-')
  })
})
