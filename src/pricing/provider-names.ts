/** Names under which one provider is known. The key is the name that prices and events carry. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  openai: ['open-ai'],
  azure: ['azure-openai', 'azureopenai', 'azure-ai', 'azure-ai-foundry', 'microsoft'],
  anthropic: ['claude'],
  google: [
    'gemini',
    'google-genai',
    'google-ai',
    'google-gemini',
    'googleai',
    'vertex',
    'vertexai',
    'vertex-ai',
    'google-vertex',
    'gcp',
  ],
  bedrock: ['aws', 'aws-bedrock', 'amazon', 'amazon-bedrock'],
  mistral: ['mistralai', 'mistral-ai'],
  cohere: ['cohere-chat'],
  xai: ['x-ai', 'grok'],
  deepseek: [],
  groq: [],
  cerebras: [],
  openrouter: ['open-router'],
  perplexity: [],
  together: ['together-ai', 'togetherai'],
  fireworks: ['fireworks-ai', 'fireworksai'],
  moonshot: ['moonshotai', 'moonshot-ai', 'kimi'],
  alibaba: ['dashscope', 'alibaba-cloud'],
  huggingface: ['hugging-face', 'hf'],
  ollama: [],
  meta: ['meta-llama'],
  voyage: ['voyageai', 'voyage-ai'],
}

/** Where a provider serves another's models at that one's prices unless it has prices of its own. */
export const SERVES_MODELS_OF: ReadonlyMap<string, readonly string[]> = new Map([['azure', ['openai']]])

const canonical = new Map(
  Object.entries(ALIASES).flatMap(([name, aliases]) => [name, ...aliases].map((alias) => [toKey(alias), name])),
)

/** One name for each provider: `ollama/local` is `ollama`, `vertex_ai` is `google`. Unknown ones in lower case. */
export function canonicalProvider(name: string): string {
  if (Object.hasOwn(ALIASES, name)) return name
  const first = name.trim().toLowerCase().split('/')[0]!
  return canonical.get(toKey(first)) ?? first
}

/** The provider, where the name is one of those known here. */
export function knownProvider(name: string): string | null {
  return canonical.get(toKey(name)) ?? null
}

function toKey(name: string): string {
  return name.toLowerCase().replace(/[\s._-]+/g, '')
}
