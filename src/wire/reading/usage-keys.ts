/** Keys that hold counts or errors in any known format: looked for at the end of a body that was too large to keep. */
export const COUNT_KEYS = [
  'usage',
  'usageMetadata',
  'x_groq',
  'meta',
  'prompt_eval_count',
  'eval_count',
  'amazon-bedrock-invocationMetrics',
  'done',
  'done_reason',
  'error',
  'service_tier',
  'modelVersion',
] as const

/** Keys that tell model and format: they stand at the beginning, and further in they may belong to something nested. */
export const NAME_KEYS = ['model', 'object', 'type', 'role'] as const
