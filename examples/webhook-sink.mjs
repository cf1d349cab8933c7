import { createTokenTracker } from 'token-usage-tracker'

/** Posts batches of events; a rejection means that the batch is tried again later. */
function createWebhookSink(url) {
  return {
    name: 'webhook',
    async write(events) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(10_000),
      })
      if (!response.ok) throw new Error(`expected the webhook to answer 2xx, got ${response.status}`)
    },
  }
}

const tracker = createTokenTracker()
tracker.addSink(createWebhookSink(process.env.WEBHOOK_URL))

tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 100, completionTokens: 50 })
await tracker.shutdown()
console.log(`delivered: ${tracker.getStats().sinks.webhook.delivered}`)
