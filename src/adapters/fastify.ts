import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { chooseTracker } from '../tracker/choose-tracker.ts'
import { getTrackerEntries } from '../tracker/tracker-entries.ts'
import type { TokenUsageOptions } from './node.ts'

export type FastifyTokenUsageOptions = TokenUsageOptions<FastifyRequest, FastifyReply>

const plugin: FastifyPluginCallback<FastifyTokenUsageOptions> = (fastify, options, done) => {
  const { tracker, exchangeOptions } = chooseTracker(options)
  const { track } = getTrackerEntries(tracker)
  // The raw objects, not onSend: a hijacked reply and raw writes pass no hook of Fastify's.
  fastify.addHook('onRequest', (request, reply, next) => {
    const scope = track(request.raw, reply.raw, { options: exchangeOptions, request, response: reply })
    if (scope) scope.run(next)
    else next()
  })
  done()
}

/**
 * Counts, prices and reports the tokens of every LLM exchange that passes: `await app.register(tokenUsagePlugin)`.
 * Takes the options of `tokenUsageMiddleware`; its hooks get Fastify's request and reply.
 */
export const tokenUsagePlugin: FastifyPluginCallback<FastifyTokenUsageOptions> = fastifyPlugin(plugin, {
  name: 'token-usage-tracker',
  fastify: '5.x',
})
