/** Largest message that is kept whole. Of a larger one only the tail is handed on. */
export const MAX_MESSAGE_BYTES = 1024 * 1024
/** Kept of an oversize message: every known format has its counts in the last kilobytes of a message. */
export const OVERSIZE_TAIL_BYTES = 64 * 1024

export interface ScannerOptions {
  /** One whole message as text. `name` is the SSE `event` field or the AWS event type, `''` where there is none. */
  onMessage(text: string, name: string): void
  /** The tail of a message that outgrew `maxMessageBytes`; it may start inside a character. */
  onOversize(tail: string, name: string): void
  /** A message that is broken in itself and was dropped. */
  onMalformed(): void
  /** @default MAX_MESSAGE_BYTES */
  readonly maxMessageBytes?: number
}

/**
 * Cuts a body into messages, however the body was cut into chunks. Pure: no I/O, no clock.
 * Holds at most one message of `maxMessageBytes`; never throws on any bytes.
 */
export interface Scanner {
  /** Chunks may be reused by the caller after the call. */
  push(chunk: Uint8Array): void
  /** Call once: hands on a last message that has no terminator. */
  end(): void
}
