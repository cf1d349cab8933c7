import { describe, expect, it } from 'vitest'
import { readRequestPath, toPath } from '../../src/capture/request-path.ts'

const PATH = '/v1/chat/completions'

describe('the path of a request', () => {
  it.each([
    [PATH, PATH],
    [`${PATH}?api-version=1`, PATH],
    [`${PATH}#part`, PATH],
    [`${PATH}?a=/b#c?d`, PATH],
    [`${PATH}#a?b`, PATH],
    [`http://api.example${PATH}`, PATH],
    [`HTTPS://user:secret@api.example:8443${PATH}?a=1`, PATH],
    ['http://api.example', '/'],
    ['http://api.example?a=1', '/'],
    ['//api.example/v1', '//api.example/v1'],
    ['/passes/http://api.example/v1?x', '/passes/http://api.example/v1'],
    ['?a=1', '/'],
    ['', '/'],
    ['*', '*'],
  ])('%s is %s', (target, path) => {
    expect(toPath(target)).toBe(path)
  })

  it('is the whole one where a framework has cut a mount path off', () => {
    expect(readRequestPath({ url: '/completions', originalUrl: `http://api.example${PATH}?a=1` })).toBe(PATH)
    expect(readRequestPath({ url: `${PATH}?a=1` })).toBe(PATH)
    expect(readRequestPath({})).toBe('/')
  })
})
