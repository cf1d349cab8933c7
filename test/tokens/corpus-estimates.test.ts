import { afterAll, describe, expect, it } from 'vitest'
import { createTokenEstimator } from '../../src/tokens/token-estimator.ts'
import { hasCorpus, readRecordedChats, type RecordedChat } from './openai-chat-corpus.ts'

const variants = ['openai-chat', 'openai-chat-stream']

describe.skipIf(!hasCorpus)(
  `estimates of recorded OpenAI chats${hasCorpus ? '' : ' (skipped: ../shared/corpus is absent)'}`,
  () => {
    const estimator = createTokenEstimator({
      deadlineMs: 30_000,
      onFault: (name, error) => {
        throw new Error(name, { cause: error })
      },
      workers: false,
    })
    afterAll(() => estimator.shutdown())

    /** Relative errors of both sides in ascending order. */
    async function toErrors(kind: RecordedChat['kind']): Promise<number[]> {
      const errors: number[] = []
      for (const chat of readRecordedChats(variants).filter((recorded) => recorded.kind === kind)) {
        const context = { model: chat.model, provider: 'openai' }
        const prompt = await estimator.countPrompt(chat.prompt, context)
        const completion = await estimator.countCompletion(chat.completion, context)
        errors.push(Math.abs(prompt.tokens / chat.input - 1), Math.abs(completion.tokens / chat.output - 1))
      }
      return errors.toSorted((a, b) => a - b)
    }

    it.each(['text', 'tools'] as const)(
      'have a median error of 0 for %s, and a 95th percentile of at most a tenth',
      async (kind) => {
        const errors = await toErrors(kind)
        expect(errors.length).toBeGreaterThan(20)
        expect(errors[Math.floor(errors.length / 2)]).toBe(0)
        expect(errors[Math.floor(errors.length * 0.95)]).toBeLessThanOrEqual(0.1)
      },
    )
  },
)
