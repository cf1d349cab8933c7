import { describe, expect, it } from 'vitest'
import { readTraceContext } from '../../src/capture/trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('the traceparent of a caller', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`  00-${TRACE}-${SPAN}-ff `, 255],
    [`01-${TRACE}-${SPAN}-01-more`, 1],
    [`cc-${TRACE}-${SPAN}-01`, 1],
  ])('%s is read', (traceparent, flags) => {
    expect(readTraceContext({ traceparent })).toEqual({ traceId: TRACE, spanId: SPAN, flags })
  })

  it.each([
    '',
    'nonsense',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}0-${SPAN}-01`,
    `${'0'.repeat(10_000)}-${TRACE}`,
  ])('%s is none', (traceparent) => {
    expect(readTraceContext({ traceparent })).toBeNull()
  })

  it('is none when it came twice or not at all', () => {
    expect(readTraceContext({})).toBeNull()
    expect(readTraceContext({ traceparent: [`00-${TRACE}-${SPAN}-01`] as never })).toBeNull()
  })
})
