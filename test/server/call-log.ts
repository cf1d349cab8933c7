import type { EventEmitter } from 'node:events'

/** What a handler lived through: return values, throws, callbacks and events, in their order. */
export interface CallLog {
  readonly entries: string[]
  /** Makes a call, notes what it returned or threw, and returns it. */
  call(name: string, action: () => unknown): unknown
  /** A callback that notes when it is called, and with which error. */
  callback(name: string): (error?: Error | null) => void
  watch(emitter: EventEmitter, ...events: string[]): void
  note(entry: string): void
}

export function createCallLog(): CallLog {
  const entries: string[] = []
  const note = (entry: string) => void entries.push(entry)
  return {
    entries,
    note,
    call(name, action) {
      try {
        const result = action()
        note(`${name} returned ${describeValue(result)}`)
        return result
      } catch (error) {
        note(`${name} threw ${describeError(error)}`)
        return undefined
      }
    },
    callback: (name) => (error) => note(`callback of ${name}${error ? ` with ${describeError(error)}` : ''}`),
    watch(emitter, ...events) {
      for (const event of events) {
        emitter.on(event, (value: unknown) => {
          note(`event ${event}${value instanceof Error ? ` with ${describeError(value)}` : ''}`)
        })
      }
    },
  }
}

function describeValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value)
}

function describeError(error: unknown): string {
  const { code, name, message } = error as Error & { code?: string }
  return code ?? `${name}: ${message}`
}
