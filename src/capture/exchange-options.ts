import type { IncomingMessage, ServerResponse } from 'node:http'
import { withDeadline } from '../core/deadline.ts'
import type { Guard } from '../core/guard.ts'
import { isObject } from '../core/json.ts'
import { isThenable } from '../core/thenable.ts'
import type { Identity } from './exchange.ts'

/**
 * What the host says of its exchanges. Its hooks are called when an exchange ends, so that authentication behind us has
 * run; a throw loses the answer only.
 */
export interface ExchangeOptions<Request = IncomingMessage, Response = ServerResponse> {
  /** May take up to `IDENTIFY_DEADLINE_MS`. */
  identify?: ((request: Request) => Identity | null | undefined | Promise<Identity | null | undefined>) | undefined
  metadata?:
    | ((request: Request, response: Response) => Readonly<Record<string, unknown>> | null | undefined)
    | undefined
  readonly tags?: readonly string[] | undefined
  /** Who serves the models behind this server, where it is always the same: wins over every guess. */
  readonly provider?: string | undefined
}

/** Frameworks keep the parsed body and their own request object in different places. */
export interface ExchangeSource {
  readonly options: ExchangeOptions<never, never>
  /** What hooks are called with: the framework's request and response. */
  readonly request: unknown
  readonly response: unknown
  /** Where a parser leaves the body as `body`. Default: on `request`. */
  readonly bodyOwner?: object | undefined
}

/** The object on which a parser leaves the body. */
export function getBodyOwner({ request, bodyOwner }: ExchangeSource): unknown {
  return bodyOwner ?? request
}

/** A slower answer is not waited for: a look-up that hangs would hold up every event behind it. */
export const IDENTIFY_DEADLINE_MS = 5_000

export function askIdentity(
  { options, request }: ExchangeSource,
  guard: Guard,
): Identity | Promise<Identity | null> | null {
  const { identify } = options
  if (!identify) return null
  const ask = () => {
    const answer: unknown = identify(request as never)
    return isThenable(answer) ? awaitIdentity(answer, guard) : toIdentity(answer)
  }
  return guard.run('identify hook', ask, null)
}

export function askMetadata(
  { options, request, response }: ExchangeSource,
  guard: Guard,
): Readonly<Record<string, unknown>> | null {
  const { metadata } = options
  if (!metadata) return null
  const ask = () => {
    const answer: unknown = metadata(request as never, response as never)
    if (isThenable(answer)) {
      // Its rejection would be nobody's, and end the process.
      answer.then(undefined, () => {})
      throw new TypeError('expected an object, got a promise: make the hook synchronous')
    }
    return isObject(answer) ? { ...answer } : null
  }
  return guard.run('metadata hook', ask, null)
}

async function awaitIdentity(answer: PromiseLike<unknown>, guard: Guard): Promise<Identity | null> {
  try {
    const result = await withDeadline(answer, IDENTIFY_DEADLINE_MS)
    if (result.inTime) return toIdentity(result.value)
    const seconds = IDENTIFY_DEADLINE_MS / 1_000
    guard.report('identify hook', `expected an answer within ${seconds} s, got none: answer sooner, or with null`)
  } catch (error) {
    guard.report('identify hook', error)
  }
  return null
}

/** A copy, so that the record holds nothing that the host may still change, and no getter that throws later. */
function toIdentity(answer: unknown): Identity | null {
  if (!isObject(answer)) return null
  const { userId, sessionId, conversationId, email, name } = answer as Identity
  return { userId, sessionId, conversationId, email, name }
}
