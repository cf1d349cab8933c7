import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runCommand, writeTestFile } from './run-command.ts'

const litellm = writeTestFile(
  'litellm.json',
  JSON.stringify({
    sample_spec: { litellm_provider: 'one of ...' },
    'gpt-x': { litellm_provider: 'openai', input_cost_per_token: 2.5e-6, output_cost_per_token: 1e-5 },
    'picture-x': { litellm_provider: 'openai', input_cost_per_pixel: 1e-8 },
  }),
)
const openWebUi = writeTestFile(
  'models.json',
  JSON.stringify([
    {
      provider: 'openai',
      id: 'gpt-x',
      name: 'GPT X',
      input_cost_credits: 3_750,
      per_input_tokens: 1_000_000,
      output_cost_credits: 15_000,
      per_output_tokens: 1_000_000,
    },
    { provider: 'openai', id: 'bad\nname' },
  ]),
)

describe('token-tracker pricing import', () => {
  it("converts LiteLLM's list, and says on standard error what was skipped", async () => {
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'import', 'litellm', litellm])
    expect(JSON.parse(stdout)).toEqual({
      _meta: { version: 1, unit: '1m', currency: 'USD' },
      openai: { 'gpt-x': { prompt: 2.5, completion: 10 } },
    })
    expect(stderr).toBe('skipped picture-x: has no price that is known\nmodels converted: 1, skipped: 1\n')
    expect(exitCode).toBe(0)
  })

  it('writes a file that prices', async () => {
    const out = writeTestFile('converted.json', '')
    const { exitCode, stdout } = await runCommand(['pricing', 'import', 'litellm', litellm, '--out', out])
    expect(stdout).toBe('')
    expect(exitCode).toBe(0)
    const explained = await runCommand(['pricing', 'explain', 'gpt-x', '--file', out, '--json'])
    expect(JSON.parse(explained.stdout)).toMatchObject({ price: { promptCost: 0.0025, completionCost: 0.01 } })
  })

  it('converts credits at the rate of the option, else of the environment', async () => {
    const convert = async (args: string[], env = {}) => {
      const { stdout, stderr } = await runCommand(['pricing', 'import', 'openwebui', openWebUi, ...args], env)
      expect(stderr).toContain(String.raw`skipped bad\u{a}name: has no credits and tokens that make a price`)
      return (JSON.parse(stdout) as { openai: object }).openai
    }
    expect(await convert([])).toEqual({ 'gpt-x': { prompt: 3.75, completion: 15 } })
    expect(await convert([], { TOKEN_TRACKER_CREDITS_PER_USD: '10000' })).toEqual({
      'gpt-x': { prompt: 0.375, completion: 1.5 },
    })
    expect(await convert(['--credits-per-usd', '500'], { TOKEN_TRACKER_CREDITS_PER_USD: '10000' })).toEqual({
      'gpt-x': { prompt: 7.5, completion: 30 },
    })
  })

  it.each(['0', '-1', 'many', '1e3'])('refuses %s credits for a dollar', async (rate) => {
    const args = ['pricing', 'import', 'openwebui', openWebUi, `--credits-per-usd=${rate}`]
    const { exitCode, stderr } = await runCommand(args)
    expect(stderr).toContain('Expected a number above 0, such as 1000.')
    expect(exitCode).toBe(2)
  })

  it('refuses 0 credits for a dollar in the environment, which would make every price endless', async () => {
    const env = { TOKEN_TRACKER_CREDITS_PER_USD: '0' }
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'import', 'openwebui', openWebUi], env)
    expect(stderr).toBe('error: expected creditsPerUsd above 0, got 0\n')
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })

  it('makes no file of a list without prices', async () => {
    const out = `${litellm}.never`
    const { exitCode, stderr } = await runCommand(['pricing', 'import', 'openwebui', litellm, '--out', out])
    expect(stderr).toBe(`error: ${litellm} holds no price that can be converted: is it the right list?\n`)
    expect(exitCode).toBe(1)
    expect(existsSync(out)).toBe(false)
  })

  it('makes no file that the tracker would refuse', async () => {
    const dear = writeTestFile(
      'dear.json',
      JSON.stringify({ a: { litellm_provider: 'openai', input_cost_per_token: 5e6 } }),
    )
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'import', 'litellm', dear])
    expect(stderr).toContain(`${dear}, converted, at openai.a.prompt: `)
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })

  it('keeps the source when the target cannot be written', async () => {
    const before = readFileSync(litellm, 'utf8')
    const { exitCode, stderr } = await runCommand(['pricing', 'import', 'litellm', litellm, '--out', `${litellm}/x`])
    expect(stderr).toContain(`error: cannot write ${litellm}/x: `)
    expect(exitCode).toBe(1)
    expect(readFileSync(litellm, 'utf8')).toBe(before)
  })
})
