import type { CompletedExchange, Identity } from '../capture/exchange.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'

/** Names of the request headers that a trusted proxy fills in; absent ones are not looked at. */
export interface UserHeaders {
  readonly user?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly session?: string | undefined
  readonly conversation?: string | undefined
}

const MAX_ID_LENGTH = 256

/**
 * Whom a request belongs to: what `identify` says, then what the body says, then the trusted headers. Everything comes
 * from this one request; nothing is remembered between requests.
 */
export function readIdentity(
  exchange: CompletedExchange,
  identified: Identity | null,
  bodyUserId: string | null,
  trusted: UserHeaders,
): KnownIdentity {
  const header = (name: string | undefined) => (name === undefined ? null : readHeader(exchange.request.headers[name]))
  return {
    userId: readId(identified?.userId) ?? readId(bodyUserId) ?? header(trusted.user),
    sessionId: readId(identified?.sessionId) ?? header(trusted.session),
    conversationId: readId(identified?.conversationId) ?? header(trusted.conversation),
    email: header(trusted.email),
    name: header(trusted.name),
    ip: null,
  }
}

/** Hosts pass numbers and UUID objects as well as text. */
function readId(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_ID_LENGTH) : null
}

function readHeader(value: string | string[] | undefined): string | null {
  return readId(Array.isArray(value) ? value[0] : value)
}

/** Inbound `x-request-id` when it is 1-128 printable ASCII characters. */
export function readRequestId(exchange: CompletedExchange): string | null {
  const value = exchange.request.headers['x-request-id']
  return typeof value === 'string' && /^[\x20-\x7e]{1,128}$/.test(value) ? value : null
}
