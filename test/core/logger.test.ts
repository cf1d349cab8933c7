import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createLogger, type Logger, type LogLevel } from '../../src/core/logger.ts'

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/** What a logger of ours, or pino, writes of the same messages; the time of day apart. */
function toLines(create: (output: { write(line: string): void }) => Logger): string[] {
  const lines: string[] = []
  const logger = create({ write: (line) => void lines.push(line.replace(/"time":\d+/, '"time":0')) })
  logger.debug({ fault: 'x' }, 'one')
  logger.info({}, 'two\nlines')
  logger.warn({ heldBack: 0, model: 'naïve "漢字"', total_cost: null }, 'three')
  logger.error({ left: undefined, list: [1, 2] }, 'four')
  return lines
}

describe('the logger', () => {
  it.each(LEVELS)('writes the lines that pino writes at level %s', (level) => {
    const ours = toLines((output) => createLogger(level, { ...output, flush: async () => {}, dropped: 0 }))
    expect(ours).toEqual(toLines((output) => pino({ name: 'token-tracker', level }, output)))
  })
})
