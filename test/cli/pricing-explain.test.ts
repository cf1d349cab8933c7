import { describe, expect, it } from 'vitest'
import { runCommand, writeTestFile } from './run-command.ts'

const prices = {
  _meta: { unit: '1m' },
  openai: {
    'gpt-x': {
      prompt: 2,
      completion: 8,
      cached: 0.5,
      cache_write: 2.5,
      service_tiers: { flex: { multiplier: 0.5 } },
    },
    'gpt-x-mini': { prompt: 0.1, completion: 0.4 },
    '*': { prompt: 100, completion: 100 },
  },
  other: { 'gpt-x': { prompt: 7, completion: 7 } },
}
const env = { TOKEN_TRACKER_PRICING_JSON: JSON.stringify(prices) }

async function explainAsJson(...args: string[]) {
  const { stdout } = await runCommand(['pricing', 'explain', ...args, '--json'], env)
  return JSON.parse(stdout) as { price: object | null; lines: object[]; considered: object[] } & Record<string, unknown>
}

describe('token-tracker pricing explain', () => {
  it('prints source and rule, each bucket at its rate, and what was rejected', async () => {
    const args = ['gpt-x', '--input', '1000', '--cached', '400', '--output', '2000', '--reasoning', '500']
    const { exitCode, stdout, stderr } = await runCommand(['pricing', 'explain', ...args], env)
    expect(stdout).toBe(
      `gpt-x of provider openai
priced by json:openai/gpt-x

side          bucket      quantity        rate in USD  cost in USD
prompt        cached           400  0.5 per 1,000,000  0.0002
prompt        prompt           600    2 per 1,000,000  0.0012
completion    reasoning        500    8 per 1,000,000  0.004
completion    completion     1,500    8 per 1,000,000  0.012
= prompt                                               0.0014
= completion                                           0.016
= total                                                0.0174

considered              outcome   reason
json:openai/gpt-x       used      exact match for gpt-x
json:openai/*           rejected  provider default match for gpt-x, but a stronger one was found
json:openai/gpt-x-mini  rejected  another model: a longer or shorter name is not the same
provider                rejected  reported no cost
genai-prices            rejected  TOKEN_TRACKER_PRICING_DATASET is off
`,
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it('asks for prices whether the tracker does or not', async () => {
    const off = { ...env, TOKEN_TRACKER_TRACK_COSTS: 'false', TOKEN_TRACKER_PRICE_OPENAI_X_PROMPT: '1' }
    const file = writeTestFile('prices.json', JSON.stringify(prices))
    const { stderr, stdout } = await runCommand(['pricing', 'explain', 'gpt-x', '--file', file], off)
    expect(stdout).toContain('priced by json+file:openai/gpt-x')
    expect(stderr).toBe('')
  })

  it('prints the same as JSON', async () => {
    expect(await explainAsJson('gpt-x', '--input', '1000', '--cache-write', '100')).toMatchObject({
      model: 'gpt-x',
      provider: 'openai',
      counts: { input: 1_000, output: 0, cacheRead: null, cacheWrite: 100, reasoning: null },
      price: { promptCost: 0.002_05, completionCost: 0, totalCost: 0.002_05, pricedBy: 'json:openai/gpt-x' },
      lines: [
        { bucket: 'cache_write', quantity: 100, rate: 2.5, per: 1_000_000, cost: 0.000_25 },
        { bucket: 'prompt', quantity: 900, rate: 2, per: 1_000_000, cost: 0.0018 },
      ],
      considered: [
        { what: 'json:openai/gpt-x', outcome: 'used', reason: 'exact match for gpt-x' },
        { what: 'json:openai/*', outcome: 'rejected' },
        { what: 'json:openai/gpt-x-mini', outcome: 'rejected' },
        { what: 'provider', outcome: 'rejected' },
        { what: 'genai-prices', outcome: 'rejected' },
      ],
    })
  })

  it('prices a thousand tokens of each side when no count is given', async () => {
    const { price, counts } = await explainAsJson('gpt-x')
    expect(counts).toEqual({ input: 1_000, output: 1_000 })
    expect(price).toMatchObject({ promptCost: 0.002, completionCost: 0.008, totalCost: 0.01 })
  })

  it('takes a side that is not given as the sum of its parts', async () => {
    const { price, counts } = await explainAsJson(
      'gpt-x',
      '--cached',
      '300',
      '--cache-write',
      '200',
      '--reasoning',
      '50',
    )
    expect(counts).toMatchObject({ input: 500, output: 50 })
    expect(price).toMatchObject({ promptCost: 0.000_65, completionCost: 0.0004, totalCost: 0.001_05 })
  })

  it('asks for another provider and for a service tier', async () => {
    expect((await explainAsJson('gpt-x', '--provider', 'Other')).price).toMatchObject({ totalCost: 0.014 })
    expect((await explainAsJson('gpt-x', '--service-tier', 'flex')).price).toMatchObject({ totalCost: 0.005 })
  })

  it('takes --file in place of TOKEN_TRACKER_PRICING_FILE, with JSON and variables on top as in the tracker', async () => {
    const first = writeTestFile('first.json', JSON.stringify({ openai: { 'gpt-y': { prompt: 1, completion: 1 } } }))
    const second = writeTestFile('second.json', JSON.stringify({ openai: { 'gpt-y': { prompt: 3, completion: 4 } } }))
    const variables = { TOKEN_TRACKER_PRICING_FILE: first, TOKEN_TRACKER_PRICE_OPENAI_GPTY_COMPLETION: '5' }
    const total = async (...args: string[]) => {
      const { stdout } = await runCommand(['pricing', 'explain', 'gpt-y', ...args, '--json'], variables)
      return (JSON.parse(stdout) as { price: { totalCost: number } }).price.totalCost
    }
    expect(await total()).toBe(6)
    expect(await total('--file', second)).toBe(8)
  })

  it('says that a model without a price has none, and exits with 0', async () => {
    const { exitCode, stdout } = await runCommand(['pricing', 'explain', 'nobody\u202es'], env)
    expect(stdout.split('\n')[0]).toBe(
      String.raw`nobody\u{202e}s of provider unknown has no price, its cost is unknown`,
    )
    expect(exitCode).toBe(0)
  })

  it('says unknown where a price lacks a field', async () => {
    const half = { TOKEN_TRACKER_PRICING_JSON: JSON.stringify({ openai: { 'gpt-half': { prompt: 0.0000004 } } }) }
    const { stdout } = await runCommand(['pricing', 'explain', 'gpt-half', '--input', '1', '--output', '1'], half)
    const costs = stdout.split('\n').slice(3, 9)
    expect(costs).toEqual([
      'side          bucket      quantity           rate in USD  cost in USD',
      'prompt        prompt             1  0.0004 per 1,000,000  0.0000000004',
      'completion    completion         1              no price  unknown',
      '= prompt                                                  0.0000000004',
      '= completion                                              unknown',
      '= total                                                   unknown',
    ])
  })

  it('finds published prices when the tracker does', async () => {
    const { stdout } = await runCommand(['pricing', 'explain', 'gpt-4o', '--json'], {
      TOKEN_TRACKER_PRICING_DATASET: 'genai-prices',
    })
    expect((JSON.parse(stdout) as { price: { pricedBy: string } }).price.pricedBy).toMatch(
      /^genai-prices@[\d.]+:openai\/gpt-4o$/,
    )
  })
})
