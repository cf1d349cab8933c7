import type { WebExchange } from './web-exchange.ts'

/** Ends exchanges whose body nobody will ever read to its end, because nobody holds it any more. */
const forgotten = new FinalizationRegistry<WebExchange>((exchange) => exchange.settle('aborted'))

/** The exchange must not hold `body` in any way: it would live for ever. */
export function settleWhenForgotten(body: object, exchange: WebExchange): void {
  forgotten.register(body, exchange)
}
