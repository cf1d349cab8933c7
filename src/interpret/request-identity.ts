import type { CapturedExchange, Identity } from '../capture/exchange.ts'
import type { KnownIdentity } from '../privacy/sanitise.ts'

/** Names of the request headers that a trusted proxy fills in; absent ones are not looked at. */
export interface UserHeaders {
  readonly user?: string | undefined
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly session?: string | undefined
  readonly conversation?: string | undefined
}

const MAX_ID_LENGTH = 1_024
/** Escaped characters of names take up to twelve. */
const MAX_NAME_LENGTH = 2_048

/**
 * Whom a request belongs to: what `identify` says, then what the body says (a text or a number), then the trusted headers.
 * Everything comes from this one request; nothing is remembered between requests.
 */
export function readIdentity(
  exchange: CapturedExchange,
  identified: Identity | null,
  bodyUserId: unknown,
  trusted: UserHeaders,
): KnownIdentity {
  const header = (name: string | undefined) => (name === undefined ? null : readHeader(exchange.request.headers[name]))
  const told = {
    userId: readId(bodyUserId) ?? readId(header(trusted.user)),
    sessionId: readId(header(trusted.session)),
    conversationId: readId(header(trusted.conversation)),
    email: readName(header(trusted.email)),
    name: readName(header(trusted.name)),
    ip: readAddress(exchange.remoteAddress),
  }
  return identified ? addIdentified(told, identified) : told
}

/** What the host says of its user comes before all that requests tell. */
export function addIdentified(told: KnownIdentity, identified: Identity): KnownIdentity {
  return {
    userId: readId(identified.userId) ?? told.userId,
    sessionId: readId(identified.sessionId) ?? told.sessionId,
    conversationId: readId(identified.conversationId) ?? told.conversationId,
    email: readName(identified.email) ?? told.email,
    name: readName(identified.name) ?? told.name,
    ip: told.ip,
  }
}

/** Hosts and clients pass numbers as well as text; nothing but blanks is nobody. */
function readId(value: unknown): string | null {
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, MAX_ID_LENGTH) : null
}

function readName(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, MAX_NAME_LENGTH) : null
}

/** Without the prefix of an IPv4 address on an IPv6 socket, and without the zone of a link-local one. */
function readAddress(value: string | null): string | null {
  return value ? value.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') : null
}

/** Node reads header bytes as Latin-1; most senders write UTF-8. */
function readHeader(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined || !/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text ?? null
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return decoded.includes('\ufffd') ? text : decoded
}

/** Inbound `x-request-id` when it is 1-128 printable ASCII characters. */
export function readRequestId(exchange: CapturedExchange): string | null {
  const value = exchange.request.headers['x-request-id']
  return typeof value === 'string' && /^[\x20-\x7e]{1,128}$/.test(value) ? value : null
}
