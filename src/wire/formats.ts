import { anthropicComplete } from './anthropic/anthropic-complete.ts'
import { anthropicMessages } from './anthropic/anthropic-messages.ts'
import { aiSdkUi } from './ai-sdk-ui.ts'
import { bedrockAgents } from './bedrock/bedrock-agents.ts'
import { bedrockConverse } from './bedrock/bedrock-converse.ts'
import { bedrockInvoke } from './bedrock/bedrock-invoke.ts'
import { cohereChat, cohereChatV1, cohereGenerate } from './cohere/cohere.ts'
import { embeddings } from './embeddings.ts'
import type { WireFormat } from './format.ts'
import { geminiInteractions } from './gemini/gemini-interactions.ts'
import { geminiGenerate } from './gemini/gemini.ts'
import { ollamaChat, ollamaGenerate } from './ollama/ollama.ts'
import { ocr } from './ocr.ts'
import { openWebUi } from './open-webui.ts'
import { openAiAssistants } from './openai/openai-assistants.ts'
import { openAiChat } from './openai/openai-chat.ts'
import { openAiCompletions } from './openai/openai-completions.ts'
import { openAiAudio, openAiImages, openAiSpeech } from './openai/openai-media.ts'
import { openAiResponses } from './openai/openai-responses.ts'
import { rerank } from './rerank.ts'
import { textGeneration } from './text-generation.ts'
import { videos } from './videos.ts'

/** Every known format; the first that recognises a message reads it, so that the narrower shapes stand first. */
export const wireFormats: readonly WireFormat[] = [
  openAiCompletions,
  openAiChat,
  openAiResponses,
  openAiAssistants,
  anthropicMessages,
  anthropicComplete,
  aiSdkUi,
  embeddings,
  geminiGenerate,
  geminiInteractions,
  ollamaChat,
  ollamaGenerate,
  cohereChat,
  cohereChatV1,
  cohereGenerate,
  bedrockAgents,
  bedrockConverse,
  openWebUi,
  rerank,
  openAiImages,
  openAiAudio,
  openAiSpeech,
  videos,
  ocr,
  textGeneration,
  bedrockInvoke,
]
