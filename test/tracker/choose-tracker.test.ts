import { describe, expect, it } from 'vitest'
import { trackFetch } from '../../src/adapters/fetch.ts'
import { tokenUsageMiddleware } from '../../src/adapters/node.ts'
import { trackRequestHandler } from '../../src/adapters/web.ts'
import { createTestTracker } from '../setup/tracker.ts'

const { tracker } = createTestTracker()

/** As JavaScript calls them, which no compiler stops. */
const adapters: Record<string, (options: never) => unknown> = {
  tokenUsageMiddleware,
  trackRequestHandler: (options: never) => trackRequestHandler(() => new Response(), options),
  trackFetch: (options: never) => trackFetch(async () => new Response(), options),
}

describe.each(Object.entries(adapters))('the options of %s', (_, adapt) => {
  it.each<[string, unknown, string]>([
    ['a list', [], 'expected options like'],
    ['a text', 'chat', 'expected options like'],
    ['a tracker in their place', tracker, 'pass it as { tracker }'],
    [
      'settings among them',
      { tracker, fileLogging: true, logLevel: 'INFO' },
      '{ settings: { fileLogging, logLevel } }',
    ],
    ['a tracker and settings', { tracker, settings: {} }, 'a tracker has its settings already'],
    ['what is no hook', { tracker, identify: { userId: 'u' } }, 'expected `identify` to be a function'],
    ['metadata in place of a hook', { tracker, metadata: { a: 1 } }, 'expected `metadata` to be a function'],
    ['one tag', { tracker, tags: 'chat' }, 'expected `tags` to be a list of texts'],
    ['what is no tracker', { tracker: {} }, 'expected `tracker` to be what createTokenTracker returned'],
  ])('are refused where they would be of no use: %s', (_name, options, message) => {
    expect(() => adapt(options as never)).toThrow(message)
  })

  it('are taken', () => {
    expect(adapt({ tracker, tags: ['chat'], identify: () => null, prefix: '/a' } as never)).toBeTypeOf('function')
  })
})
