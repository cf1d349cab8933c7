import type { WireFormat } from './format.ts'
import { ollamaChat, ollamaGenerate } from './ollama.ts'
import { openAiChat } from './openai-chat.ts'
import { openAiCompletions } from './openai-completions.ts'

/** Every known format; the first that recognises a message reads it. */
export const wireFormats: readonly WireFormat[] = [openAiChat, openAiCompletions, ollamaChat, ollamaGenerate]
