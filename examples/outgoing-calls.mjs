import OpenAI from 'openai'
import { getTokenLogger } from 'token-usage-tracker'
import { trackFetch } from 'token-usage-tracker/fetch'

// Any SDK that takes a `fetch`. This one reads OPENAI_API_KEY and OPENAI_BASE_URL.
const openai = new OpenAI({ fetch: trackFetch(fetch, { tags: ['outgoing'] }) })

const stream = await openai.chat.completions.create({
  model: 'gpt-4',
  messages: [{ role: 'user', content: 'Say hello' }],
  stream: true,
  stream_options: { include_usage: true },
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
console.log()

await getTokenLogger().shutdown()
