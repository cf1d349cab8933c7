import { readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { parseJsonText } from './json-syntax.ts'

/** Ten thousand models with every field take about 3 MB. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

export interface PricingFileReading {
  readonly json: unknown
  /** Changes whenever the file does. */
  readonly version: string
}

/** @throws Error that says what is wrong with the file. */
export function readPricingFile(path: string): PricingFileReading {
  const stats = statSync(path, { bigint: true })
  checkSize(stats.size)
  return { version: toVersion(stats), json: parseBytes(readFileSync(path)) }
}

/** The state of the file without reading it; `missing` when it cannot be seen. */
export async function readPricingFileVersion(path: string): Promise<string> {
  try {
    return toVersion(await stat(path, { bigint: true }))
  } catch {
    return 'missing'
  }
}

/** @throws Error that says what is wrong with the file. */
export async function readPricingFileJson(path: string): Promise<unknown> {
  const { size } = await stat(path, { bigint: true })
  checkSize(size)
  return parseBytes(await readFile(path))
}

function toVersion(stats: { mtimeNs: bigint; ctimeNs: bigint; size: bigint; ino: bigint }): string {
  return `${stats.mtimeNs} ${stats.ctimeNs} ${stats.size} ${stats.ino}`
}

function checkSize(size: bigint): void {
  if (size > MAX_FILE_BYTES) throw new Error(`expected at most ${MAX_FILE_BYTES} bytes, got ${size}`)
}

function parseBytes(bytes: Uint8Array): unknown {
  return parseJsonText(decodeUtf8(bytes))
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error('not UTF-8: save the file as UTF-8, with or without byte order mark', { cause: error })
  }
}
