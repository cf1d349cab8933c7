import type { SanitisedEvent } from '../../../core/event.ts'
import { OTHER } from './series-limiter.ts'

/** Our provider names where the GenAI conventions have another; every other name stands for itself. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  amazon: 'aws.bedrock',
  aws: 'aws.bedrock',
  azure: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  moonshotai: 'moonshot_ai',
  vertex: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  vertex_ai: 'gcp.vertex_ai',
  watsonx: 'ibm.watsonx.ai',
  'x-ai': 'x_ai',
  xai: 'x_ai',
}

/**
 * Attributes that the spans and the metrics of the GenAI conventions share (v1.41 and later agree on them).
 * Unknown ones are left out, but for the two that the conventions require.
 */
export function toGenAiAttributes(event: SanitisedEvent): Record<string, string> {
  const attributes: Record<string, string> = {
    'gen_ai.operation.name': event.operation ?? OTHER,
    'gen_ai.provider.name': toProviderName(event.provider),
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

function toProviderName(provider: string | null): string {
  if (provider === null) return OTHER
  return Object.hasOwn(PROVIDER_NAMES, provider) ? (PROVIDER_NAMES[provider] ?? provider) : provider
}
