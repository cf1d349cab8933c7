import { findModelFamily } from '../../src/tokens/families/model-families.ts'
import { isHostedTool } from '../../src/tokens/prompt/tool-definitions.ts'
import type { CountContext } from '../../src/tokens/side-counter.ts'
import type { TokenEstimator } from '../../src/tokens/token-estimator.ts'
import { readRecordedExchanges, type RecordedExchange } from './recorded-exchanges.ts'

export const KINDS = ['prompts of text', 'prompts with tools', 'answers of text', 'answers with calls'] as const
export type Kind = (typeof KINDS)[number]

/** |estimate - reported| / reported in ascending order, by who was asked and by kind. */
export type EstimateErrors = ReadonlyMap<string, Readonly<Record<Kind, readonly number[]>>>

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/claude/, 'Claude'],
  [/gemini|gemma/, 'Gemini'],
  [/nova-/, 'Nova'],
  [/command/, 'Cohere'],
  [/grok/, 'Grok'],
  [/gpt-oss/, 'gpt-oss'],
  [/llama-?[1-4]/, 'Llama'],
  [/mistral|mixtral|ministral|codestral|magistral|devstral|pixtral/, 'Mistral'],
  [/qwen/, 'Qwen'],
  [/deepseek/, 'DeepSeek'],
  [/glm-/, 'GLM'],
  [/\bgpt-|(?:^|\/)o\d/, 'OpenAI'],
]

export function toGroup({ model, format }: CountContext): string {
  const family = FAMILIES.find(([pattern]) => pattern.test(model?.toLowerCase() ?? ''))?.[1] ?? 'others'
  if (family !== 'OpenAI') return family
  return format === 'openai-responses'
    ? 'OpenAI, Responses'
    : format === 'openai-chat'
      ? 'OpenAI, chat'
      : 'OpenAI, other'
}

export async function measureErrors(estimator: TokenEstimator): Promise<EstimateErrors> {
  const errors = new Map<string, Record<Kind, number[]>>()
  for (const exchange of readRecordedExchanges()) {
    const group = toGroup(exchange.context)
    const found = errors.get(group) ?? toEmpty()
    errors.set(group, found)
    for (const [kind, error] of await compare(estimator, exchange)) found[kind].push(error)
  }
  for (const kinds of errors.values()) for (const list of Object.values(kinds)) list.sort((a, b) => a - b)
  return errors
}

const toEmpty = (): Record<Kind, number[]> => ({
  'prompts of text': [],
  'prompts with tools': [],
  'answers of text': [],
  'answers with calls': [],
})

/** Sides whose estimate says that it lacks something are left out: images, tools of the vendor's, reasoning that is hidden. */
async function compare(estimator: TokenEstimator, exchange: RecordedExchange): Promise<[Kind, number][]> {
  const { prompt, completion, context, counts } = exchange
  const found: [Kind, number][] = []
  const isText =
    prompt.kind === 'chat' && prompt.responseSchema === null && prompt.messages.every(({ media }) => media.length === 0)
  const { tokens, lowerBound } = await estimator.countPrompt(prompt, context)
  if (isText && !lowerBound && counts.input) {
    const hasTools = prompt.tools.length > 0 || prompt.messages.some(({ toolCalls }) => toolCalls.length > 0)
    found.push([hasTools ? 'prompts with tools' : 'prompts of text', toError(tokens, counts.input)])
  }
  const visible = toVisible(exchange)
  if (prompt.kind === 'chat' && visible && !prompt.tools.some(isHostedTool)) {
    const answer = await estimator.countCompletion(visible.completion, context)
    const kind = completion.toolCalls.length > 0 ? 'answers with calls' : 'answers of text'
    found.push([kind, toError(answer.tokens, visible.tokens)])
  }
  return found
}

/** The answer without reasoning whose length is told; `null` where some is hidden and its length is not, or nothing is left. */
function toVisible({ completion, counts, context }: RecordedExchange) {
  const { output, reasoning } = counts
  const { shows, exact } = findModelFamily(context)
  const isUntold = reasoning === null && (shows === 'part' || (shows === 'summary' && completion.reasoningText !== ''))
  // OpenAI tells reasoning in steps of 64, so that what is left may hold 63 tokens of it. GPTs that have none were edited.
  const isRough = exact && reasoning !== null && reasoning > 0 && (reasoning % 64 === 0 || shows === 'all')
  const tokens = (output ?? 0) - (reasoning ?? 0)
  const isSilent = completion.textLength === 0 && completion.toolCalls.length === 0
  if (isUntold || isRough || isSilent || tokens <= 0) return null
  return { tokens, completion: reasoning ? { ...completion, reasoningText: '', reasoningLength: 0 } : completion }
}

function toError(estimated: number, reported: number): number {
  return Math.abs(estimated / reported - 1)
}

export function toQuantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Groups of fewer say too little. */
const LEAST = 5

/** The table of the README. */
export function toTable(errors: EstimateErrors): string {
  const rows = [...errors].filter(([, kinds]) => KINDS.some((kind) => kinds[kind].length >= LEAST))
  const lines = rows
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([group, kinds]) => `| ${[group, ...KINDS.map((kind) => toCell(kinds[kind]))].join(' | ')} |`)
  return [`| | ${KINDS.join(' | ')} |`, `| --- | ${KINDS.map(() => '---').join(' | ')} |`, ...lines].join('\n')
}

function toCell(sorted: readonly number[]): string {
  if (sorted.length < LEAST) return '-'
  const [median, p95] = [0.5, 0.95].map((share) => (100 * toQuantile(sorted, share)).toFixed(1))
  return `${median} / ${p95} % (${sorted.length})`
}
