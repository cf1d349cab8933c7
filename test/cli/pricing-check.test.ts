import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand, writeTestFile } from './run-command.ts'

describe('token-tracker pricing check', () => {
  it('says what a valid file holds', async () => {
    const file = writeTestFile(
      'valid.json',
      JSON.stringify({
        $schema: './pricing.schema.json',
        openai: { a: { prompt: 1 }, 'b*': { prompt: 1 } },
        x: { '*': {} },
      }),
    )
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'check', file])
    expect(stdout).toBe(`${file} is valid: entries 2, providers 2\n`)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it('finds the example file valid', async () => {
    const file = path.resolve(import.meta.dirname, '../../pricing.example.json')
    expect(await runCommand(['pricing', 'check', file])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('prints every fault with its place, and exits with 1', async () => {
    const faulty = { openai: { 'gpt-x': { prompt: '1' }, 'gpt-3.5': { completion: -2 }, o9: [] }, other: 5 }
    const file = writeTestFile('faulty.json', JSON.stringify(faulty))
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'check', file])
    const faults = stderr.split('\n')
    expect(faults).toHaveLength(6)
    expect(faults[0]).toBe('error: these prices cannot be used:')
    expect(stderr).toContain(`\n  ${file} at openai.gpt-x.prompt: `)
    expect(stderr).toContain(`\n  ${file} at openai.gpt-3.5.completion: `)
    expect(stderr).toContain(`\n  ${file} at openai.o9: `)
    expect(stderr).toContain(`\n  ${file} at other: `)
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })

  it('names line and column of what is no JSON', async () => {
    const file = writeTestFile('cut.json', '{\n  "openai": {,\n')
    const { exitCode, stderr } = await runCommand(['pricing', 'check', file])
    expect(stderr).toContain(`error: cannot read ${file}: not valid JSON at line 2, column 14: `)
    expect(exitCode).toBe(1)
  })

  it('refuses a regular expression that could hang', async () => {
    const file = writeTestFile(
      'regex.json',
      JSON.stringify({ openai: { 'regex:(a)\\1': { prompt: 1, completion: 1 } } }),
    )
    const { exitCode, stderr } = await runCommand(['pricing', 'check', file])
    expect(stderr).toContain(`${file} at openai.regex:(a)\\1: the regular expression cannot be used: `)
    expect(exitCode).toBe(1)
  })

  it('warns of misspelt fields, and exits with 0', async () => {
    const file = writeTestFile(
      'misspelt.json',
      JSON.stringify({ openai: { a: { prompt: 1, completion: 2, promt: 3 } } }),
    )
    const { exitCode, stderr } = await runCommand(['pricing', 'check', file])
    expect(stderr).toBe(`warning: ${file} at openai.a.promt means nothing here, check its spelling\n`)
    expect(exitCode).toBe(0)
  })
})

describe('token-tracker pricing schema', () => {
  it('prints the published JSON Schema', async () => {
    const published = readFileSync(path.resolve(import.meta.dirname, '../../pricing.schema.json'), 'utf8')
    const { exitCode, stdout } = await runCommand(['pricing', 'schema'])
    expect(stdout).toBe(published)
    expect(exitCode).toBe(0)
  })
})
