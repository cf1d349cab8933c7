import { describe, expect, it } from 'vitest'
import { createCalibration, MAX_MODELS, MAX_OBSERVATIONS } from '../../src/tokens/calibration.ts'
import { MIN_OBSERVATIONS, type Subject } from '../../src/tokens/learned-correction.ts'

const prompt: Subject = { model: 'house-7b', format: 'openai-chat', side: 'prompt', hasTools: false }
const completion: Subject = { ...prompt, side: 'completion' }

function observe(
  calibration: ReturnType<typeof createCalibration>,
  count: number,
  estimated: number,
  reported: number,
  subject = prompt,
) {
  for (let index = 0; index < count; index++) calibration.observe(subject, estimated, reported)
}

describe('calibration', () => {
  it('tells median and 95th percentile of the error, and the factor, by model and side', () => {
    const calibration = createCalibration()
    for (let error = 1; error <= 100; error++) calibration.observe(prompt, 100 + error, 100)
    calibration.observe(completion, 80, 100)
    const accuracy = calibration.accuracy['house-7b']
    expect(accuracy?.prompt).toMatchObject({ observations: 100, medianError: 0.51, p95Error: 0.96 })
    expect(accuracy?.completion).toEqual({ observations: 1, medianError: 0.2, p95Error: 0.2, factor: 1.25 })
  })

  it('learns a correction from twenty observations on', () => {
    const calibration = createCalibration()
    observe(calibration, MIN_OBSERVATIONS - 1, 100, 120)
    expect(calibration.correct(prompt, 50)).toBe(50)
    observe(calibration, 1, 100, 120)
    expect(calibration.correct(prompt, 50)).toBe(60)
  })

  it('learns of each side, API and model, and of tools, by themselves', () => {
    const calibration = createCalibration()
    observe(calibration, MIN_OBSERVATIONS, 100, 120)
    const others: Partial<Subject>[] = [
      { side: 'completion' },
      { hasTools: true },
      { format: 'openai-responses' },
      { format: null },
      { model: 'other' },
    ]
    for (const other of others) expect(calibration.correct({ ...prompt, ...other }, 50)).toBe(50)
  })

  it('tells the accuracy of a model over all APIs, with tools and without', () => {
    const calibration = createCalibration()
    calibration.observe(prompt, 100, 100)
    calibration.observe({ ...prompt, hasTools: true }, 50, 100)
    calibration.observe({ ...prompt, format: 'anthropic-messages' }, 50, 100)
    expect(calibration.accuracy['house-7b']?.prompt).toMatchObject({ observations: 3, medianError: 0.5 })
  })

  it('keeps the newest observations only', () => {
    const calibration = createCalibration()
    observe(calibration, MAX_OBSERVATIONS, 50, 100)
    expect(calibration.correct(prompt, 50)).toBe(100)
    observe(calibration, MAX_OBSERVATIONS, 100, 100)
    expect(calibration.correct(prompt, 50)).toBe(50)
    expect(calibration.accuracy['house-7b']?.prompt).toEqual({
      observations: MAX_OBSERVATIONS,
      medianError: 0,
      p95Error: 0,
      factor: 1,
    })
  })

  it('ignores counts that are unknown, zero or nonsense', () => {
    const calibration = createCalibration()
    for (const count of [0, -1, Number.NaN]) {
      calibration.observe(prompt, count, 100)
      calibration.observe(prompt, 100, count)
    }
    expect(calibration.accuracy).toEqual({})
  })

  it('observes no models beyond two hundred, and none with an endless name', () => {
    const calibration = createCalibration()
    calibration.observe({ ...prompt, model: 'x'.repeat(257) }, 1, 1)
    for (let index = 0; index <= MAX_MODELS; index++) calibration.observe({ ...prompt, model: `model-${index}` }, 1, 1)
    expect(Object.keys(calibration.accuracy)).toHaveLength(MAX_MODELS)
    expect(calibration.accuracy['model-0']).toBeDefined()
    expect(calibration.accuracy[`model-${MAX_MODELS}`]).toBeUndefined()
  })

  it('is not confused by a model called __proto__', () => {
    const calibration = createCalibration()
    calibration.observe({ ...prompt, model: '__proto__' }, 1, 1)
    expect(Object.keys(calibration.accuracy)).toEqual(['__proto__'])
  })
})
