import type { SanitisedEvent } from '../../../core/records/event.ts'
import { toConventionalName } from '../../../providers/provider-names.ts'
import { OTHER } from './series-limiter.ts'

/**
 * Attributes that the spans and the metrics of the GenAI conventions share (v1.41 and later agree on them).
 * Unknown ones are `null`, but for the two that the conventions require.
 */
export const GEN_AI_ATTRIBUTES = {
  'gen_ai.operation.name': (event) => event.operation ?? OTHER,
  'gen_ai.provider.name': (event) => (event.provider === null ? OTHER : toConventionalName(event.provider)),
  'gen_ai.request.model': (event) => event.request_model,
  // A refused request was answered by no model: there `model` is what was asked for.
  'gen_ai.response.model': (event) => (event.status === 'error' ? null : event.model),
  // The provider's code, else the HTTP status; `null` when nothing failed.
  'error.type': (event) => {
    if (event.status === 'success') return null
    return event.error_code ?? event.http_status?.toString() ?? (event.status === 'aborted' ? 'aborted' : OTHER)
  },
} satisfies Record<string, (event: SanitisedEvent) => string | null>
