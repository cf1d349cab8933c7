import { expect, it } from 'vitest'

import { loadOptional } from '../../src/sinks/otel/optional-packages.ts'

const packages = ['@opentelemetry/one', '@opentelemetry/two']
const toFailure = (code: string) => Promise.reject(Object.assign(new Error('Cannot find it'), { code }))

it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])(
  'a package that is not there (%s) is named with the one command that brings all that are needed',
  async (code) => {
    const range = '@^0.223.0 || ^0.301.0'
    await expect(loadOptional(packages, () => toFailure(code))).rejects.toThrow(
      `npm install '@opentelemetry/one${range}' '@opentelemetry/two${range}'`,
    )
  },
)

it('a package that fails by itself is not taken for one that is not there', async () => {
  await expect(loadOptional(packages, () => toFailure('ERR_SOMETHING'))).rejects.toThrow(/^Cannot find it$/)
})
