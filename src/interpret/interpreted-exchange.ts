import type { TraceContext } from '../capture/exchange.ts'
import type { Completion, Prompt } from '../core/records/conversation.ts'
import type { EventStatus } from '../core/records/event.ts'
import type { ReportedUsage } from '../core/records/usage.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'
import type { SamplingParameters } from '../wire/format.ts'

/**
 * What is known of one exchange before the missing counts are estimated and the price is looked up. The middleware and
 * manual logging both come down to this record, so that both take the same way from here on.
 */
export interface InterpretedExchange {
  readonly id: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  readonly durationMs: number | null
  readonly firstByteMs: number | null
  readonly model: string | null
  readonly requestModel: string | null
  readonly modelVersion: string | null
  readonly deploymentId: string | null
  readonly operation: string | null
  /** Wire format, for telling the provider. */
  readonly format: string | null
  /** Provider that the answer gives away, for telling the provider. */
  readonly vendor: string | null
  /** As told; else it is guessed. */
  readonly provider: string | null
  /** Host that was called, for telling the provider. */
  readonly host: string | null
  readonly endpoint: string | null
  readonly requestId: string
  readonly parentRequestId: string | null
  readonly traceContext: TraceContext | null
  readonly usage: ReportedUsage
  /** `null` where nothing can be estimated from: no body, an unknown format, an HTTP error. */
  readonly prompt: Prompt | null
  readonly completion: Completion | null
  /** The answer's text was read to compare an estimate with what the provider reported. */
  readonly isCalibration: boolean
  readonly parameters: SamplingParameters
  readonly streaming: boolean
  readonly status: EventStatus
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly httpStatus: number | null
  readonly truncated: boolean
  /** E-mail, name and address never stand on an event; redaction looks for them in its texts. */
  readonly identity: KnownIdentity
  readonly clientId: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly tags: readonly string[]
}
