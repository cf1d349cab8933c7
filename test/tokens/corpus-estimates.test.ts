import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenEstimator } from '../../src/tokens/token-estimator.ts'
import { hasCorpus } from '../setup/corpus.ts'
import { generateReadmePart } from '../setup/readme-part.ts'
import { measureErrors, toQuantile, toTable, type EstimateErrors, type Kind } from './estimate-errors.ts'

describe.skipIf(!hasCorpus)(
  `estimates of recorded exchanges${hasCorpus ? '' : ' (skipped: ../shared/corpus is absent)'}`,
  () => {
    const estimator = createTokenEstimator({
      deadlineMs: 30_000,
      onFault: (name, error) => {
        throw new Error(name, { cause: error })
      },
      workers: false,
    })
    let errors: EstimateErrors
    beforeAll(async () => {
      errors = await measureErrors(estimator)
      const table = toTable(errors)
      console.log(table)
      // Another set of recordings gives other figures: the README's are those of the set they were written from.
      if (process.env['UPDATE_DOCS']) generateReadmePart('estimates', table)
    })
    afterAll(() => estimator.shutdown())

    const gather = (groups: readonly string[], kinds: readonly Kind[]) =>
      groups.flatMap((group) => kinds.flatMap((kind) => errors.get(group)?.[kind] ?? [])).toSorted((a, b) => a - b)
    const openai = ['OpenAI, chat', 'OpenAI, Responses']

    it.each([
      { what: 'text', kinds: ['prompts of text', 'answers of text'], least: 60 },
      { what: 'tools', kinds: ['prompts with tools', 'answers with calls'], least: 20 },
    ] as const)(
      'have a median error of 0 for $what on chat and Responses of OpenAI, and a 95th percentile of at most a tenth',
      ({ kinds, least }) => {
        const found = gather(openai, kinds)
        expect(found.length).toBeGreaterThan(least)
        expect(toQuantile(found, 0.5)).toBe(0)
        expect(toQuantile(found, 0.95)).toBeLessThanOrEqual(0.1)
      },
    )

    it('have a median error below 15 % for the tool calls of Claude, and below 10 % for its prompts with tools', () => {
      const [calls, prompts] = [gather(['Claude'], ['answers with calls']), gather(['Claude'], ['prompts with tools'])]
      expect(Math.min(calls.length, prompts.length)).toBeGreaterThan(5)
      expect(toQuantile(calls, 0.5)).toBeLessThan(0.15)
      expect(toQuantile(prompts, 0.5)).toBeLessThan(0.1)
    })
  },
)
