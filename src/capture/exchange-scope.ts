import { AsyncLocalStorage } from 'node:async_hooks'
import { clearTimeout, setTimeout } from 'node:timers'
import { createRecentKeys } from '../core/recent-keys.ts'
import { getShared } from '../core/registry.ts'
import type { CapturedRequest, Identity, SharedAnswers } from './exchange.ts'

/** More calls than any request makes while one of their answers is still on its way to the client. */
const MAX_ANSWERS = 200

/** A call that is read on for longer than this behind the end of its exchange is not waited for. */
const MAX_WAIT_MS = 60_000

/** What the handler of an exchange is called in, so that the calls it makes are known to be made for it. */
export interface HandlerScope {
  run<Result>(next: () => Result): Result
}

/** What an exchange shares with the calls that the server makes while it answers. */
export interface ScopeOwner {
  /** Whose exchanges belong together: another tracker counts for itself. */
  readonly tracker: unknown
  /** Trusted headers among others, for calls that have none of their own. */
  readonly headers: CapturedRequest['headers']
  identify(): Identity | Promise<Identity | null> | null
}

/**
 * One exchange that this server answers, as seen by the calls made for it. Sockets that are opened meanwhile keep it alive as
 * long as they live themselves, so it holds nothing large once the exchange has ended.
 */
export class ExchangeScope implements HandlerScope, SharedAnswers {
  #owner: ScopeOwner | null
  readonly #called = createRecentKeys(MAX_ANSWERS)
  #answered: string | null = null
  #openCalls = 0
  #handOver: (() => void) | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(owner: ScopeOwner) {
    this.#owner = owner
  }

  run<Result>(next: () => Result): Result {
    return scopes.storage.run(this, next)
  }

  /** `null` when the exchange has ended. */
  get owner(): ScopeOwner | null {
    return this.#owner
  }

  beginCall(): void {
    this.#openCalls++
  }

  endCall(): void {
    if (--this.#openCalls === 0) this.#release()
  }

  /**
   * Ends the exchange itself. It is handed over behind its calls: its client may have left before the counts came, which the
   * call has whole.
   */
  close(handOver: () => void): void {
    this.#owner = null
    this.#handOver = handOver
    if (this.#openCalls === 0) this.#release()
    else this.#timer = setTimeout(() => this.#release(), MAX_WAIT_MS).unref()
  }

  #release(): void {
    clearTimeout(this.#timer)
    const handOver = this.#handOver
    this.#handOver = null
    handOver?.()
  }

  isNews(answerId: string, isCall: boolean): boolean {
    if (!isCall) this.#answered = answerId
    else this.#called.add(answerId)
    return isCall ? this.#answered !== answerId : !this.#called.has(answerId)
  }
}

/** Shared by both builds of this package. Not run through by servers that make no calls: Node 20 charges every promise. */
const scopes = getShared('exchange-scopes', () => ({ storage: new AsyncLocalStorage<ExchangeScope>(), areUsed: false }))

/** From now on exchanges are told to the calls that are made for them. */
export function useScopes(): void {
  scopes.areUsed = true
}

export function openScope(toOwner: () => ScopeOwner): ExchangeScope | null {
  return scopes.areUsed ? new ExchangeScope(toOwner()) : null
}

/** The exchange of `tracker` that is being answered here, if any. */
export function findScope(tracker: unknown): ExchangeScope | null {
  const scope = scopes.areUsed ? scopes.storage.getStore() : undefined
  return scope?.owner?.tracker === tracker ? (scope ?? null) : null
}
