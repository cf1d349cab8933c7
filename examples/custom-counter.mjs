import { getTokenLogger, registerCustomCounter } from 'token-usage-tracker'

// For the middleware and for manual logging alike; a pattern serves a whole family.
registerCustomCounter('my-custom-model', (text) => text.split(/\s+/).filter(Boolean).length)
registerCustomCounter(/^acme-/, (text) => Math.ceil(text.length / 3))

const logger = getTokenLogger()
logger.logTokenUsage({ model: 'my-custom-model', promptText: 'one two three', completionText: 'four five' })
await logger.flush()

const { totalTokens } = logger.getStats()
console.log(`total tokens: ${totalTokens}`)
await logger.shutdown()
