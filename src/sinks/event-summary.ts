import type { UsageEvent } from '../core/records/event.ts'

const MODEL_WIDTH = 28
const COUNT_WIDTH = 9
const COST_WIDTH = 12
const TIME_WIDTH = 9
const UNKNOWN = '?'

const count = new Intl.NumberFormat('en-US')

/**
 * An event as one line for people: `12:04:31 gpt-4o   1,200 in   ~340 out   $0.006400   1.24 s  alice  /v1/chat/completions`.
 * `~` marks what was estimated, `?` what is unknown. The time is UTC.
 */
export function toEventSummary(event: Readonly<UsageEvent>): string {
  const columns = [
    event.created_at.slice(11, 19),
    (event.model ?? UNKNOWN).padEnd(MODEL_WIDTH),
    `${toCount(event.prompt_tokens, event.prompt_token_source)} in`,
    `${toCount(event.completion_tokens, event.completion_token_source)} out`,
    toCost(event).padStart(COST_WIDTH),
    toSeconds(event.duration_ms).padStart(TIME_WIDTH),
    event.user_id ?? '-',
    event.endpoint ?? '-',
  ]
  if (event.status !== 'success') columns.push([event.status, event.error_code].filter(Boolean).join(' '))
  return columns.join('  ')
}

function toCount(tokens: number | null, source: UsageEvent['token_source']): string {
  if (tokens === null) return UNKNOWN.padStart(COUNT_WIDTH)
  const mark = source === 'api' || source === 'custom' ? '' : '~'
  return `${mark}${count.format(tokens)}`.padStart(COUNT_WIDTH)
}

function toCost({ total_cost: cost, currency }: Readonly<UsageEvent>): string {
  if (cost === null) return UNKNOWN
  return currency === 'USD' ? `$${cost.toFixed(6)}` : `${cost.toFixed(6)} ${currency}`
}

function toSeconds(milliseconds: number | null): string {
  return milliseconds === null ? '' : `${(milliseconds / 1000).toFixed(2)} s`
}
