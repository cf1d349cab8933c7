import type { IncomingMessage, ServerResponse } from 'node:http'
import { replaceParsedBody } from '../capture/node/parsed-body.ts'
import { transformResponse, type ByteTransform } from '../capture/node/response-transform.ts'
import { readRequestPath } from '../capture/request-path.ts'
import type { EndpointFilter } from '../config/endpoints.ts'
import type { Guard } from '../core/guard.ts'
import { isObject } from '../core/json.ts'
import { createRecentKeys, type RecentKeys } from '../core/recent-keys.ts'
import { createStreamUsageStripper } from '../wire/stream-usage/stream-usage-stripper.ts'
import {
  isStreamUsageRefusal,
  lacksStreamUsage,
  MAX_REFUSALS,
  withStreamUsage,
} from '../wire/stream-usage/stream-usage-injection.ts'

/** Looked at of an error body: a refusal names the field it refuses early on. */
const MAX_ERROR_LENGTH = 64 * 1024

/**
 * Makes handlers that pass a parsed chat request on ask for stream usage, and takes the answer to that out of what the
 * client gets. Call it before the response is tapped. An upstream is known by the path of the request only, so that after
 * one refusal a path is left alone.
 */
export type StreamUsageInjector = (request: IncomingMessage, response: ServerResponse, parsed: object) => void

export function createStreamUsageInjector(isMonitored: EndpointFilter, guard: Guard): StreamUsageInjector {
  const refusals = createRecentKeys(MAX_REFUSALS)

  function install(request: IncomingMessage, response: ServerResponse, parsed: object): void {
    const path = readRequestPath(request)
    if (!/\/chat\/completions\/?$/i.test(path) || !isMonitored(request.method, path) || refusals.has(path)) return
    let asked = false
    transformResponse(response, (_response, status, { contentType, contentEncoding }) => {
      if (!asked || contentEncoding !== null) return null
      if (status >= 400) return createRefusalWatch(status, path, refusals)
      return /^text\/event-stream\b/i.test(contentType ?? '') ? createStrippingTransform() : null
    })
    const ask = (body: unknown) => {
      if (!isObject(body) || !lacksStreamUsage(body, path)) return body
      asked = true
      return withStreamUsage(body)
    }
    replaceParsedBody(parsed, (body) => guard.run('stream usage', () => ask(body), body))
  }

  return (request, response, parsed) => guard.run('stream usage', () => install(request, response, parsed), undefined)
}

function createStrippingTransform(): ByteTransform {
  return { changesLength: true, ...createStreamUsageStripper() }
}

/** Passes an error body on as it is and remembers when it refuses what was asked for. */
function createRefusalWatch(status: number, path: string, refusals: RecentKeys): ByteTransform {
  let text = ''
  return {
    changesLength: false,
    push(chunk) {
      if (text.length < MAX_ERROR_LENGTH) text += Buffer.from(chunk).toString('latin1', 0, MAX_ERROR_LENGTH)
      return chunk
    },
    end() {
      if (isStreamUsageRefusal(status, text)) refusals.add(path)
      return Buffer.alloc(0)
    },
  }
}
