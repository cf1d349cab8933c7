import { describe, expect, it } from 'vitest'
import { runCommand, writeTestFile } from './run-command.ts'

describe('the command line', () => {
  it.each([
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['--help'], /pricing[^]*hash-id[^]*config/],
    [['pricing', '--help'], /explain[^]*check[^]*schema[^]*import[^]*reprice/],
  ])('answers %j on standard output and exits with 0', async (args, expected) => {
    const { exitCode, stdout, stderr } = await runCommand(args)
    expect(stdout).toMatch(expected)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it.each([
    [[], 'Usage: token-tracker'],
    [['pricing'], 'Usage: token-tracker pricing'],
    [['pricing', 'import'], 'Usage: token-tracker pricing import'],
    [['prcing'], "unknown command 'prcing'\n(Did you mean pricing?)"],
    [['pricing', 'explain'], "missing required argument 'model'"],
    [['pricing', 'explain', 'a', 'b'], 'too many arguments'],
    [['pricing', 'explain', 'a', '--input', '-5'], 'Expected a whole number from 0 up, such as 1000.'],
    [['pricing', 'explain', 'a', '--input', '1e3'], 'Expected a whole number from 0 up, such as 1000.'],
    [['pricing', 'explain', 'a', '--inputs', '5'], "unknown option '--inputs'"],
    [['pricing', 'reprice'], "missing required argument 'log'"],
    [['hash-id', ''], 'Expected an id, got nothing.'],
    [['hash-id', 'a', '--field', 'email'], 'Allowed choices are user_id, session_id, conversation_id.'],
    [['config', 'all'], 'too many arguments'],
  ])('says on standard error what is wrong with %j and exits with 2', async (args, expected) => {
    const { exitCode, stdout, stderr } = await runCommand(args)
    expect(stderr).toContain(expected)
    expect(stdout).toBe('')
    expect(exitCode).toBe(2)
  })

  it('reports a fault in one line, without a stack, and exits with 1', async () => {
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'check', 'missing\u001b[2J.json'])
    expect(stderr).toBe(
      String.raw`error: cannot read missing\u{1b}[2J.json: ENOENT: no such file or directory, stat 'missing\u{1b}[2J.json'` +
        '\n',
    )
    expect(stdout).toBe('')
    expect(exitCode).toBe(1)
  })

  it('names every faulty variable of the environment', async () => {
    const env = { TOKEN_TRACKER_ENABLED: 'maybe', TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: '-1' }
    for (const args of [['pricing', 'explain', 'a'], ['hash-id', 'a'], ['config']]) {
      const { exitCode, stdout, stderr } = await runCommand(args, env)
      expect(stderr).toBe(
        'error: Token Tracker is misconfigured:\n' +
          '  TOKEN_TRACKER_ENABLED: expected true or false (also 1/0, yes/no, on/off), got "maybe"\n' +
          '  TOKEN_TRACKER_PRICE_OPENAI_GPT4_PROMPT: expected a price, a number from 0 up, got "-1"\n',
      )
      expect(stdout).toBe('')
      expect(exitCode).toBe(1)
    }
  })

  it('warns of variables that mean nothing', async () => {
    const file = writeTestFile('small.json', JSON.stringify({ openai: { a: { prompt: 1, completion: 2 } } }))
    const env = { TOKEN_TRACKER_PRICNG_FILE: file }
    for (const args of [['pricing', 'explain', 'a'], ['config']]) {
      const { exitCode, stderr } = await runCommand(args, env)
      expect(stderr).toBe(
        'warning: TOKEN_TRACKER_PRICNG_FILE is no setting; the nearest is TOKEN_TRACKER_PRICING_FILE\n',
      )
      expect(exitCode).toBe(0)
    }
  })
})
