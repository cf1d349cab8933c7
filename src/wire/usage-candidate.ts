/**
 * Keys that hold counts, errors or the model in any known format. Looked for in the tail of a body that was too large to
 * keep, and in stream messages to tell the few that matter from the many that only carry text.
 */
export const USAGE_KEYS = [
  'usage',
  'x_groq',
  'prompt_eval_count',
  'eval_count',
  'done',
  'done_reason',
  'error',
  'model',
  'object',
  'service_tier',
] as const

/** `"usage":null` stands on every chunk of a stream that ends with the real one: only an object is a candidate. */
const CANDIDATE = /"(?:usage|x_groq)"\s*:\s*\{|"eval_count"\s*:|"done"\s*:\s*true|"error"\s*:\s*["{]/

/** True when a stream message may say more than a piece of text. */
export function isUsageCandidate(text: string): boolean {
  return CANDIDATE.test(text)
}
