import { PROVIDERS, type Provider } from './providers.ts'

const byName = new Map(PROVIDERS.map((provider) => [provider.name, provider]))
const byKey = new Map(
  PROVIDERS.flatMap((provider) =>
    [provider.name, ...(provider.aliases ?? [])].map((name): [string, Provider] => [toKey(name), provider]),
  ),
)

/** One name for each provider: `ollama/local` is `ollama`, `vertex_ai` is `google`. Unknown ones in lower case. */
export function canonicalProvider(name: string): string {
  if (byName.has(name)) return name
  const first = name.trim().toLowerCase().split('/')[0]!
  return knownProvider(first) ?? first
}

/** The provider, where the name is one of those known here. */
export function knownProvider(name: string): string | null {
  return byKey.get(toKey(name))?.name ?? null
}

/** `gen_ai.provider.name` of the semantic conventions. */
export function toConventionalName(provider: string): string {
  return byName.get(provider)?.conventionalName ?? provider
}

/** What the published prices call it. */
export function toDatasetId(provider: string): string {
  return byName.get(provider)?.datasetId ?? provider
}

/** Providers whose prices hold where this one has none of its own. */
export function servedProviders(provider: string): readonly string[] {
  return byName.get(provider)?.servesModelsOf ?? []
}

function toKey(name: string): string {
  return name.toLowerCase().replace(/[\s._-]+/g, '')
}
