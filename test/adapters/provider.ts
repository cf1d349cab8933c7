/** What a provider answers. */
export interface Provider {
  readonly whole: object
  readonly events: readonly (string | Buffer)[]
  readonly type: string
}

export const named = (message: { type: string }) => `event: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`
export const unnamed = (message: object) => `data: ${JSON.stringify(message)}\n\n`
export const SSE = 'text/event-stream'
export const DONE = 'data: [DONE]\n\n'
