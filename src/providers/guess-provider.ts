import { canonicalProvider, knownProvider } from './provider-names.ts'
import { PROVIDERS } from './providers.ts'

/** What is known of an exchange that may tell who served it; `null` where nothing is. */
export interface ProviderHints {
  /** What the operator says. Wins over everything. */
  readonly option: string | null
  /** Host the request went to, with or without port. */
  readonly host: string | null
  readonly path: string | null
  /** Who the answer says it is of. */
  readonly vendor?: string | null
  /** Wire format: `openai-chat`, `anthropic-messages`, `ollama-chat`, ... Half the world speaks OpenAI's: that one tells nothing. `unknown` is an answer of none. */
  readonly format: string | null
  readonly model: string | null
}

const MAX_HINT_LENGTH = 500

/** Ollama's own routes. Open WebUI has others below them (`/api/chat/completions`). */
const OLLAMA_PATH = /(^|\/)api\/(chat|generate|embed|embeddings)$/

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
  const told = readHint(hints.format)
  const format = (told === '' || told === 'embeddings') && OLLAMA_PATH.test(path) ? 'ollama' : told
  const provider =
    (readHint(hints.option) || alias(host.replace(/:\d+$/, ''))) ??
    guessByPlace(host, path) ??
    hints.vendor ??
    lookUp('closedModels', model) ??
    guessByFormat(format, model) ??
    lookUp('openModels', model) ??
    guessByPrefix(model)
  if (provider === null) return null
  const name = canonicalProvider(provider)
  return canonicalProvider(alias(provider) ?? alias(name) ?? name)
}

function guessByPlace(host: string, path: string): string | null {
  if (host.endsWith(':11434')) return 'ollama'
  return lookUp('host', host.replace(/:\d+$/, '')) ?? lookUp('path', path)
}

/** Anthropic's format is served by others too: there a model that is not Anthropic's says more than the format. */
function guessByFormat(format: string, model: string): string | null {
  const word = format.split(/[-_]/, 1)[0]
  const provider = PROVIDERS.find((candidate) => candidate.format !== undefined && candidate.format === word)
  return provider === undefined || (provider.name === 'anthropic' && model !== '') ? null : provider.name
}

function guessByPrefix(model: string): string | null {
  const slash = model.indexOf('/')
  return slash > 0 ? knownProvider(model.slice(0, slash)) : null
}

type PatternField = 'host' | 'path' | 'closedModels' | 'openModels'

function lookUp(field: PatternField, text: string): string | null {
  return text === '' ? null : (PROVIDERS.find((provider) => provider[field]?.test(text))?.name ?? null)
}

function readHint(hint: string | null): string {
  return hint === null || hint.length > MAX_HINT_LENGTH ? '' : hint.trim().toLowerCase()
}
