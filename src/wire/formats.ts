import { anthropicComplete } from './anthropic-complete.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { bedrockConverse } from './bedrock-converse.ts'
import { bedrockInvoke } from './bedrock-invoke.ts'
import { cohereChat, cohereChatV1 } from './cohere.ts'
import { embeddings } from './embeddings.ts'
import type { WireFormat } from './format.ts'
import { geminiInteractions } from './gemini-interactions.ts'
import { geminiGenerate } from './gemini.ts'
import { ollamaChat, ollamaGenerate } from './ollama.ts'
import { openWebUi } from './open-webui.ts'
import { openAiAssistants } from './openai-assistants.ts'
import { openAiChat } from './openai-chat.ts'
import { openAiCompletions } from './openai-completions.ts'
import { openAiAudio, openAiImages } from './openai-media.ts'
import { openAiResponses } from './openai-responses.ts'
import { rerank } from './rerank.ts'
import { textGeneration } from './text-generation.ts'

/** Every known format; the first that recognises a message reads it, so that the narrower shapes stand first. */
export const wireFormats: readonly WireFormat[] = [
  openAiCompletions,
  openAiChat,
  openAiResponses,
  openAiAssistants,
  anthropicMessages,
  anthropicComplete,
  embeddings,
  geminiGenerate,
  geminiInteractions,
  ollamaChat,
  ollamaGenerate,
  cohereChat,
  cohereChatV1,
  bedrockConverse,
  openWebUi,
  rerank,
  openAiImages,
  openAiAudio,
  textGeneration,
  bedrockInvoke,
]
