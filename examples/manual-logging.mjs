import { getTokenLogger } from 'token-usage-tracker'

const logger = getTokenLogger()

// Counts as your provider reported them ...
const id = logger.logTokenUsage({
  model: 'gpt-4',
  promptTokens: 100,
  completionTokens: 50,
  userId: 'user123',
  sessionId: 'session456',
  endpoint: '/api/chat/completions',
  durationMs: 1500,
})
console.log(`event ${id}`)

// ... or texts, which are counted for you.
logger.logTokenUsage({ model: 'gpt-4', promptText: 'What is a token?', completionText: 'A piece of text.' })

await logger.flush()
console.log(`total tokens: ${logger.getStats().totalTokens}`)
await logger.shutdown()
