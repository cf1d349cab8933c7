import {
  appendFileSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'

/** Samples may be kept: what users wrote is for the owner's eyes. */
const FILE_MODE = 0o600

/** Exclusive: no two processes ever append to one file. Readable: an open file is read even when its name is gone. */
export function openForAppending(file: string): number {
  return openSync(file, 'ax+', FILE_MODE)
}

/** @throws where nothing lies at the path: it is not made. */
export function appendToExisting(file: string | number, text: string): void {
  if (typeof file === 'number') {
    appendFileSync(file, text)
    return
  }
  const descriptor = openSync(file, constants.O_WRONLY | constants.O_APPEND)
  try {
    appendFileSync(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

export function isFileOf(file: string, descriptor: number): boolean {
  const named = statSync(file, { throwIfNoEntry: false })
  const open = fstatSync(descriptor)
  return named?.ino === open.ino && named.dev === open.dev
}

export function readOpen(descriptor: number): Buffer {
  const content = Buffer.alloc(fstatSync(descriptor).size)
  let length = 0
  while (length < content.length) {
    const read = readSync(descriptor, content, length, content.length - length, length)
    if (read === 0) break
    length += read
  }
  return content.subarray(0, length)
}

export function copyOpen(descriptor: number, target: string): number {
  const content = readOpen(descriptor)
  const copy = openForAppending(target)
  try {
    const written = writeSync(copy, content)
    if (written < content.length) throw new Error(`expected to write ${content.length} bytes, wrote ${written}`)
    return copy
  } catch (error) {
    closeSync(copy)
    rmSync(target, { force: true })
    throw error
  }
}
