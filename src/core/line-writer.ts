import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFifo } from './fifo.ts'

/** Writes lines to standard output or error without ever holding the process up. */
export interface LineWriter {
  /** False when the line is lost: too much waits already, or the reader is gone. */
  write(line: string): boolean
  /** Resolves when what waits now has left, or when the reader has stood still for half a second. */
  flush(): Promise<void>
}

/** What waits for a slow reader, some thousand lines; a pipe itself holds 64 KiB. */
const MAX_WAITING_BYTES = 256 * 1024
const RETRY_MS = 20
/** A reader that takes nothing for so long is not waited for. */
const PATIENCE_MS = 500
/** What the end of the process waits at most. */
const MAX_EXIT_WAIT_MS = 2_000

export function createLineWriter(descriptor: 1 | 2): LineWriter {
  const waiting = createFifo<Buffer>()
  let destination: Destination | undefined
  let next: Buffer | undefined
  let waitingBytes = 0
  /** Bytes that waited once, and do not any more. */
  let leftBytes = 0
  let lastProgress = 0
  let timer: NodeJS.Timeout | undefined
  let exitDeadline: number | undefined

  /** Bytes that were taken; 0 when there is no room. */
  function attempt(bytes: Buffer): number {
    destination ??= openWithoutBlocking(descriptor)
    try {
      const written = destination.isBusy() ? 0 : writeSync(destination.descriptor, bytes)
      if (written > 0) lastProgress = performance.now()
      return written
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
      throw error
    }
  }

  function writeWaiting(): void {
    try {
      for (let written = 0; next; next = written < next.length ? next.subarray(written) : waiting.shift()) {
        written = attempt(next)
        leave(written)
        if (written === 0) return
      }
    } catch {
      // The reader is gone, and what waited for it with it.
      while (next) next = waiting.shift()
      leave(waitingBytes)
    }
  }

  function leave(bytes: number): void {
    waitingBytes -= bytes
    leftBytes += bytes
  }

  function keep(bytes: Buffer): boolean {
    if (waitingBytes + bytes.length > MAX_WAITING_BYTES) return false
    waitingBytes += bytes.length
    if (next) waiting.push(bytes)
    else {
      next = bytes
      lastProgress = performance.now()
    }
    if (exitDeadline === undefined) schedule()
    else writeAtExit(exitDeadline)
    return true
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      writeWaiting()
      if (next) schedule()
    }, RETRY_MS).unref()
  }

  const isWorthWaiting = () => next !== undefined && performance.now() < lastProgress + PATIENCE_MS

  /** Nothing that is awaited ends any more. */
  function writeAtExit(deadline: number): void {
    writeWaiting()
    while (isWorthWaiting() && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      writeWaiting()
    }
  }

  process.on('exit', () => {
    exitDeadline = performance.now() + MAX_EXIT_WAIT_MS
    writeAtExit(exitDeadline)
  })

  return {
    write(line) {
      const bytes = Buffer.from(line)
      if (next) return keep(bytes)
      try {
        const written = attempt(bytes)
        return written === bytes.length || keep(bytes.subarray(written))
      } catch {
        return false
      }
    },
    async flush() {
      const goal = leftBytes + waitingBytes
      const isThere = () => leftBytes >= goal
      while (!isThere() && isWorthWaiting()) {
        await sleep(RETRY_MS)
        writeWaiting()
      }
    },
  }
}

interface Destination {
  readonly descriptor: number
  /** The host has part of a line to write, behind which ours must wait. */
  isBusy(): boolean
}

/**
 * A pipe or a terminal is opened anew where the system allows it (Linux, for whoever owns it): that descriptor does not
 * block, whatever others do with theirs. Otherwise it is the host's, which Node makes non-blocking for pipes and sockets,
 * though not on Windows.
 */
function openWithoutBlocking(descriptor: 1 | 2): Destination {
  try {
    // A file takes everything, and has one place for all who write.
    if (fstatSync(descriptor).isFile()) return { descriptor, isBusy: () => false }
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
    const own = openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
    return { descriptor: own, isBusy: () => false }
  } catch {
    const stream = descriptor === 1 ? process.stdout : process.stderr
    return { descriptor, isBusy: () => stream.writableLength > 0 }
  }
}
