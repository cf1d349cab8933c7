import type { SanitisedEvent } from '../../../core/records/event.ts'
import { toConventionalName } from '../../../providers/provider-names.ts'
import { OTHER } from './series-limiter.ts'

/**
 * Attributes that the spans and the metrics of the GenAI conventions share (v1.41 and later agree on them).
 * Unknown ones are left out, but for the two that the conventions require.
 */
export function toGenAiAttributes(event: SanitisedEvent): Record<string, string> {
  const attributes: Record<string, string> = {
    'gen_ai.operation.name': event.operation ?? OTHER,
    'gen_ai.provider.name': event.provider === null ? OTHER : toConventionalName(event.provider),
  }
  if (event.request_model !== null) attributes['gen_ai.request.model'] = event.request_model
  // A refused request was answered by no model: there `model` is what was asked for.
  if (event.model !== null && event.status !== 'error') attributes['gen_ai.response.model'] = event.model
  return attributes
}

/** The conventions' `error.type`: the provider's code, else the HTTP status; `null` when nothing failed. */
export function toErrorType(event: SanitisedEvent): string | null {
  if (event.status === 'success') return null
  return event.error_code ?? event.http_status?.toString() ?? (event.status === 'aborted' ? 'aborted' : OTHER)
}
