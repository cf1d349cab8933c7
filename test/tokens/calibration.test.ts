import { describe, expect, it } from 'vitest'
import { createCalibration, MAX_MODELS, MAX_OBSERVATIONS, MIN_OBSERVATIONS } from '../../src/tokens/calibration.ts'

function observe(
  calibration: ReturnType<typeof createCalibration>,
  count: number,
  estimated: number,
  reported: number,
) {
  for (let index = 0; index < count; index++) calibration.observe('house-7b', 'prompt', estimated, reported)
}

describe('calibration', () => {
  it('tells median and 95th percentile of the error, and the factor, by model and side', () => {
    const calibration = createCalibration()
    for (let error = 1; error <= 100; error++) calibration.observe('house-7b', 'prompt', 100 + error, 100)
    calibration.observe('house-7b', 'completion', 80, 100)
    const accuracy = calibration.accuracy['house-7b']
    expect(accuracy?.prompt).toMatchObject({ observations: 100, medianError: 0.51, p95Error: 0.96 })
    expect(accuracy?.completion).toEqual({ observations: 1, medianError: 0.2, p95Error: 0.2, factor: 1.25 })
  })

  it('learns a factor from twenty observations on', () => {
    const calibration = createCalibration()
    observe(calibration, MIN_OBSERVATIONS - 1, 100, 120)
    expect(calibration.factorOf('house-7b', 'prompt')).toBe(1)
    observe(calibration, 1, 100, 120)
    expect(calibration.factorOf('house-7b', 'prompt')).toBeCloseTo(1.2)
    expect(calibration.factorOf('house-7b', 'completion')).toBe(1)
    expect(calibration.factorOf('other', 'prompt')).toBe(1)
  })

  it('keeps a factor between a half and two', () => {
    const calibration = createCalibration()
    observe(calibration, MIN_OBSERVATIONS, 100, 900)
    expect(calibration.factorOf('house-7b', 'prompt')).toBe(2)
    observe(calibration, MAX_OBSERVATIONS, 900, 100)
    expect(calibration.factorOf('house-7b', 'prompt')).toBe(0.5)
  })

  it('keeps the newest observations only', () => {
    const calibration = createCalibration()
    observe(calibration, MAX_OBSERVATIONS, 50, 100)
    observe(calibration, MAX_OBSERVATIONS, 100, 100)
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
      calibration.observe('house-7b', 'prompt', count, 100)
      calibration.observe('house-7b', 'prompt', 100, count)
    }
    expect(calibration.accuracy).toEqual({})
  })

  it('observes no models beyond two hundred, and none with an endless name', () => {
    const calibration = createCalibration()
    calibration.observe('x'.repeat(257), 'prompt', 1, 1)
    for (let index = 0; index <= MAX_MODELS; index++) calibration.observe(`model-${index}`, 'prompt', 1, 1)
    expect(Object.keys(calibration.accuracy)).toHaveLength(MAX_MODELS)
    expect(calibration.accuracy['model-0']).toBeDefined()
    expect(calibration.accuracy[`model-${MAX_MODELS}`]).toBeUndefined()
  })

  it('is not confused by a model called __proto__', () => {
    const calibration = createCalibration()
    calibration.observe('__proto__', 'prompt', 1, 1)
    expect(Object.keys(calibration.accuracy)).toEqual(['__proto__'])
  })
})
