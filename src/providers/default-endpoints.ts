/**
 * Watched unless said otherwise: where the common providers, gateways and local servers take their calls. What a gateway
 * puts before a path that nobody mistakes for another's is `**`.
 */
export const DEFAULT_ENDPOINTS = [
  // Chat and what came before it, as OpenAI and Open WebUI serve them.
  '/api/chat/completions',
  '/api/chat/completed',
  '/chat/completions',
  '/**/chat/completions',
  '/api/completions',
  '/v1/completions',
  '/api/v1/tasks/*',
  // OpenAI's other calls, and Azure's ways to them.
  '/v1/responses',
  '/api/v1/responses',
  '/openai/responses',
  '/v1/threads/runs',
  '/v1/threads/*/runs',
  '/openai/threads/runs',
  '/openai/threads/*/runs',
  '/v1/embeddings',
  '/v1/images',
  '/v1/audio',
  '/v1/videos',
  '/openai/deployments/*',
  '/openai/v1',
  // Anthropic.
  '/v1/messages',
  '/api/v1/messages',
  '/anthropic/v1/messages',
  // Gemini, Vertex, and others' models on Vertex.
  '/v1beta/models/*',
  '/v1beta/openai',
  '/v1beta/interactions',
  '/v1/models/*:*',
  '/v1/publishers/*/models/*:*',
  '/v1/projects/**/models/*:*',
  '/v1/projects/**/endpoints/*:*',
  '/v1beta1/projects/**/models/*:*',
  '/v1beta1/projects/**/endpoints/*:*',
  // Bedrock.
  '/model/*',
  '/agents/*/agentAliases/*/sessions/*/text',
  // Cohere and rerankers.
  '/v2/chat',
  '/v1/rerank',
  '/v2/rerank',
  '/v2/embed',
  // Mistral.
  '/v1/fim/completions',
  '/v1/agents/completions',
  '/v1/ocr',
  // Ollama, by itself and behind Open WebUI.
  '/api/chat',
  '/api/generate',
  '/api/embed',
  '/api/embeddings',
  '/ollama/api/chat',
  '/ollama/api/generate',
  '/ollama/api/embed',
  '/ollama/v1',
]
