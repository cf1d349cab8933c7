/** Everything that tells one provider from another. Patterns look at lower-case text. */
export interface Provider {
  /** The name that prices and events carry. */
  readonly name: string
  /** Other names in use, whatever their case, blanks, dots, dashes and underscores. */
  readonly aliases?: readonly string[]
  /** Hosts that are its own, without port. */
  readonly host?: RegExp
  /** Paths that nobody else serves. */
  readonly path?: RegExp
  /** First word of the wire formats that it invented. */
  readonly format?: string
  /** Models that only this provider runs: the name outweighs the format, which a proxy may translate. */
  readonly closedModels?: RegExp
  /** Models whose weights anybody may run, under the names that their vendor's own service uses: none has a `:tag`. */
  readonly openModels?: RegExp
  /** `gen_ai.provider.name` of the semantic conventions, where it is another name. */
  readonly conventionalName?: string
  /** Its id in the published prices (genai-prices), where it is another name. */
  readonly datasetId?: string
  /** Providers whose models it serves at their prices unless it has prices of its own. */
  readonly servesModelsOf?: readonly string[]
}

/** The one table of who is who. Where two patterns fit, the row that stands first wins. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: 'openai',
    host: /(^|\.)openai\.com$/,
    closedModels:
      /^(gpt-(?!oss)|gpt\d|chatgpt-|o\d(-|$)|text-embedding-(3|ada)|text-davinci-|davinci-|dall-e-|whisper-1$|tts-1|codex-|ft:gpt-)/,
  },
  {
    name: 'azure',
    aliases: ['azure-openai', 'azure-ai', 'azure-ai-foundry', 'microsoft'],
    host: /(^|\.)openai\.azure\.com$|\.(services\.ai|cognitiveservices)\.azure\.com$|(^|\.)azure-api\.net$/,
    path: /(^|\/)openai\/deployments\//,
    conventionalName: 'azure.ai.openai',
    servesModelsOf: ['openai'],
  },
  {
    name: 'anthropic',
    aliases: ['claude'],
    host: /(^|\.)(anthropic|claude)\.com$/,
    format: 'anthropic',
    closedModels: /^claude/,
  },
  {
    name: 'google',
    aliases: ['gemini', 'google-genai', 'google-ai', 'google-gemini', 'vertex', 'vertex-ai', 'google-vertex', 'gcp'],
    host: /(^|\.)googleapis\.com$/,
    path: /(^|\/)publishers\/google\/|(^|\/)v1(beta|alpha)?\/models\/[^/]+:\w*generatecontent/,
    format: 'gemini',
    closedModels: /^(models\/)?gemini|^(models\/)?text-embedding-00\d$|^palm-/,
    conventionalName: 'gcp.gemini',
  },
  {
    name: 'bedrock',
    aliases: ['aws', 'aws-bedrock', 'amazon', 'amazon-bedrock'],
    host: /^bedrock[a-z-]*\..*amazonaws\.com(\.cn)?$/,
    path: /(^|\/)model\/[^/]+\/(invoke|converse)/,
    format: 'bedrock',
    closedModels:
      /^((us|us-gov|eu|apac|global|au|ca|jp)\.)?(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\.[a-z]/,
    conventionalName: 'aws.bedrock',
    datasetId: 'aws',
  },
  {
    name: 'mistral',
    aliases: ['mistral-ai'],
    host: /(^|\.)mistral\.ai$/,
    openModels: /^(mistral|magistral|codestral|ministral|pixtral|devstral|voxtral)-[^:]*$/,
    conventionalName: 'mistral_ai',
  },
  {
    name: 'cohere',
    aliases: ['cohere-chat'],
    host: /(^|\.)cohere\.(com|ai)$/,
    format: 'cohere',
    openModels: /^(command(-[^:]*)?|c4ai-[^:]*|(embed|rerank)-(english|multilingual|v\d)[^:]*)$/,
  },
  {
    name: 'xai',
    aliases: ['grok'],
    host: /(^|\.)x\.ai$/,
    closedModels: /^grok-/,
    conventionalName: 'x_ai',
    datasetId: 'x-ai',
  },
  {
    name: 'deepseek',
    host: /(^|\.)deepseek\.com$/,
    closedModels: /^deepseek-(chat|reasoner)$/,
    openModels: /^deepseek-[^:]*$/,
  },
  { name: 'groq', host: /(^|\.)groq\.com$/ },
  { name: 'cerebras', host: /(^|\.)cerebras\.ai$/ },
  { name: 'openrouter', host: /(^|\.)openrouter\.ai$/ },
  { name: 'perplexity', host: /(^|\.)perplexity\.ai$/, openModels: /^sonar(-[^:]*)?$/ },
  { name: 'together', aliases: ['together-ai'], host: /(^|\.)together\.(xyz|ai)$/ },
  { name: 'fireworks', aliases: ['fireworks-ai'], host: /(^|\.)fireworks\.ai$/ },
  {
    name: 'moonshot',
    aliases: ['moonshot-ai', 'kimi'],
    host: /(^|\.)moonshot\.(ai|cn)$/,
    conventionalName: 'moonshot_ai',
    datasetId: 'moonshotai',
  },
  { name: 'alibaba', aliases: ['dashscope', 'alibaba-cloud'], host: /^dashscope[a-z-]*\.aliyuncs\.com$/ },
  { name: 'huggingface', aliases: ['hf'], host: /(^|\.)huggingface\.(co|cloud)$/ },
  { name: 'meta', aliases: ['meta-llama'] },
  { name: 'voyage', aliases: ['voyage-ai'], host: /(^|\.)voyageai\.com$/ },
  { name: 'watsonx', conventionalName: 'ibm.watsonx.ai' },
  {
    name: 'ollama',
    host: /(^|[.-])ollama([.-]|$)/,
    path: /(^|\/)ollama(\/|$)/,
    format: 'ollama',
    // A tag after a bare name is how Ollama, and nobody else, names models.
    openModels: /^[^/:]+:[^/:]+$/,
  },
]
