import { canonicalProvider, knownProvider } from './provider-names.ts'

/** What is known of an exchange that may tell who served it; `null` where nothing is. */
export interface ProviderHints {
  /** What the operator says. Wins over everything. */
  readonly option: string | null
  /** Host the request went to, with or without port. */
  readonly host: string | null
  readonly path: string | null
  /** Wire format: `openai-chat`, `anthropic`, `ollama`, ... Half the world speaks OpenAI's, so that one tells nothing. */
  readonly format: string | null
  readonly model: string | null
}

const MAX_HINT_LENGTH = 500

const HOSTS: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/(^|\.)openai\.azure\.com$|\.(services\.ai|cognitiveservices)\.azure\.com$|(^|\.)azure-api\.net$/, 'azure'],
  [/(^|\.)openai\.com$/, 'openai'],
  [/(^|\.)(anthropic|claude)\.com$/, 'anthropic'],
  [/(^|\.)googleapis\.com$/, 'google'],
  [/^bedrock[a-z-]*\..*amazonaws\.com(\.cn)?$/, 'bedrock'],
  [/(^|\.)mistral\.ai$/, 'mistral'],
  [/(^|\.)cohere\.(com|ai)$/, 'cohere'],
  [/(^|\.)x\.ai$/, 'xai'],
  [/(^|\.)deepseek\.com$/, 'deepseek'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/(^|\.)cerebras\.ai$/, 'cerebras'],
  [/(^|\.)openrouter\.ai$/, 'openrouter'],
  [/(^|\.)perplexity\.ai$/, 'perplexity'],
  [/(^|\.)together\.(xyz|ai)$/, 'together'],
  [/(^|\.)fireworks\.ai$/, 'fireworks'],
  [/(^|\.)moonshot\.(ai|cn)$/, 'moonshot'],
  [/^dashscope[a-z-]*\.aliyuncs\.com$/, 'alibaba'],
  [/(^|\.)huggingface\.(co|cloud)$/, 'huggingface'],
  [/(^|\.)voyageai\.com$/, 'voyage'],
  [/(^|[.-])ollama([.-]|$)/, 'ollama'],
]

const PATHS: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/(^|\/)ollama(\/|$)/, 'ollama'],
  [/(^|\/)openai\/deployments\//, 'azure'],
  [/(^|\/)publishers\/google\/|(^|\/)v1(beta|alpha)?\/models\/[^/]+:\w*generatecontent/, 'google'],
  [/(^|\/)model\/[^/]+\/(invoke|converse)/, 'bedrock'],
]

/** Ollama's own routes. Open WebUI has others below them (`/api/chat/completions`). */
const OLLAMA_PATH = /(^|\/)api\/(chat|generate|embed|embeddings)$/

/** Models that only their vendor runs: the name outweighs the format, which a proxy may translate. */
const CLOSED_MODELS: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [
    /^(gpt-(?!oss)|gpt\d|chatgpt-|o\d(-|$)|text-embedding-(3|ada)|text-davinci-|davinci-|dall-e-|whisper-1$|tts-1|codex-|ft:gpt-)/,
    'openai',
  ],
  [/^claude/, 'anthropic'],
  [/^(models\/)?gemini|^(models\/)?text-embedding-00\d$|^palm-/, 'google'],
  [/^grok-/, 'xai'],
  [/^deepseek-(chat|reasoner)$/, 'deepseek'],
  [
    /^((us|us-gov|eu|apac|global|au|ca|jp)\.)?(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\.[a-z]/,
    'bedrock',
  ],
]

/** Models whose weights anybody may run, under the names that their vendor's own service uses: none has a `:tag`. */
const OPEN_MODELS: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/^(mistral|magistral|codestral|ministral|pixtral|devstral|voxtral)-[^:]*$/, 'mistral'],
  [/^(command(-[^:]*)?|c4ai-[^:]*|(embed|rerank)-(english|multilingual|v\d)[^:]*)$/, 'cohere'],
  [/^deepseek-[^:]*$/, 'deepseek'],
  [/^sonar(-[^:]*)?$/, 'perplexity'],
  // A tag after a bare name is how Ollama, and nobody else, names models.
  [/^[^/:]+:[^/:]+$/, 'ollama'],
]

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['ollama', 'ollama'],
  ['gemini', 'google'],
  ['bedrock', 'bedrock'],
  ['mistral', 'mistral'],
  ['cohere', 'cohere'],
  ['anthropic', 'anthropic'],
])

/**
 * The provider of an exchange, by the surest hint: option, host, a path that only one provider has, a model that only
 * one vendor runs, wire format, an open model's name, `vendor/model`. `null` rather than a wild guess.
 * `aliases` rename hosts and providers.
 */
export function guessProvider(hints: ProviderHints, aliases: Readonly<Record<string, string>> = {}): string | null {
  const alias = (name: string): string | null => (Object.hasOwn(aliases, name) ? (aliases[name] ?? null) : null)
  const host = readHint(hints.host)
  const path = readHint(hints.path)
  const model = readHint(hints.model)
  const format = readHint(hints.format) || (OLLAMA_PATH.test(path) ? 'ollama' : '')
  const provider =
    (readHint(hints.option) || alias(host.replace(/:\d+$/, ''))) ??
    guessByPlace(host, path) ??
    lookUp(CLOSED_MODELS, model) ??
    guessByFormat(format, model) ??
    lookUp(OPEN_MODELS, model) ??
    guessByPrefix(model)
  if (provider === null) return null
  const name = canonicalProvider(provider)
  return canonicalProvider(alias(provider) ?? alias(name) ?? name)
}

function guessByPlace(host: string, path: string): string | null {
  if (host.endsWith(':11434')) return 'ollama'
  return lookUp(HOSTS, host.replace(/:\d+$/, '')) ?? lookUp(PATHS, path)
}

/** Anthropic's format is served by others too: there a model that is not Anthropic's says more than the format. */
function guessByFormat(format: string, model: string): string | null {
  const provider = FORMATS.get(format.split(/[-_]/, 1)[0] ?? '') ?? null
  return provider === 'anthropic' && model !== '' ? null : provider
}

function guessByPrefix(model: string): string | null {
  const slash = model.indexOf('/')
  return slash > 0 ? knownProvider(model.slice(0, slash)) : null
}

function lookUp(table: readonly (readonly [RegExp, string])[], text: string): string | null {
  return text === '' ? null : (table.find(([pattern]) => pattern.test(text))?.[1] ?? null)
}

function readHint(hint: string | null): string {
  return hint === null || hint.length > MAX_HINT_LENGTH ? '' : hint.trim().toLowerCase()
}
