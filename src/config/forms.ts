import * as z from 'zod/mini'

const TRUE = ['true', '1', 'yes', 'on']
const FALSE = ['false', '0', 'no', 'off']

export const flag = {
  form: 'true or false (also 1/0, yes/no, on/off)',
  schema: z.union([
    z.boolean(),
    z.pipe(
      z.pipe(
        z.pipe(
          z.string(),
          z.transform((text) => text.trim().toLowerCase()),
        ),
        z.enum([...TRUE, ...FALSE]),
      ),
      z.transform((word) => TRUE.includes(word)),
    ),
  ]),
}

export const text = { form: 'text', schema: z.string().check(z.trim()) }

export const filePath = { form: 'a file path', schema: z.string() }

export const secretText = { form: 'text', schema: z.string() }

export const size = {
  form: 'a size in bytes, or with a unit: 10485760, 512KB, 100MB, 1GB',
  schema: z.pipe(
    z.pipe(
      z.union([z.number(), z.string()]),
      z.transform((value) => (typeof value === 'number' ? value : readSize(value))),
    ),
    z.int().check(z.minimum(1)),
  ),
}

export function integer(minimum: number, maximum: number, unit = '') {
  return {
    form: `a whole number from ${minimum} to ${maximum}${unit && ` (${unit})`}`,
    schema: z.pipe(z.union([z.number(), decimalText]), z.int().check(z.minimum(minimum), z.maximum(maximum))),
  }
}

export function decimal(minimum: number, maximum: number, unit = '') {
  return {
    form: `a number from ${minimum} to ${maximum}${unit && ` (${unit})`}`,
    schema: z.pipe(z.union([z.number(), decimalText]), z.number().check(z.minimum(minimum), z.maximum(maximum))),
  }
}

/** `Number('')` is 0 and `Number('0x10')` is 16: only plain decimals are numbers here. */
const decimalText = z.pipe(
  z.string().check(z.trim(), z.regex(/^[+-]?\d{1,15}(?:\.\d{1,15})?$/)),
  z.transform((digits) => Number(digits)),
)

export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return {
    form: words.join(', '),
    schema: z.pipe(
      z.pipe(
        z.string(),
        z.transform((value) => value.trim().toLowerCase()),
      ),
      z.enum(words),
    ),
  }
}

export const list = {
  form: 'a JSON array of texts, or texts separated by commas',
  schema: z.pipe(
    z.pipe(z.union([z.pipe(z.string(), z.transform(readList)), z.unknown()]), z.array(z.string())),
    z.transform((items) => items.map((item) => item.trim()).filter((item) => item !== '')),
  ),
}

export const jsonObject = {
  form: 'a JSON object',
  schema: z.pipe(
    z.union([z.pipe(z.string(), z.transform(readJson)), z.pipe(z.unknown(), z.transform(copyJson))]),
    z.record(z.string(), z.unknown()),
  ),
}

export const aliases = {
  form: 'a JSON object of texts, or name=provider pairs separated by commas',
  schema: z.pipe(
    z.union([z.pipe(z.string(), z.transform(readPairs)), z.unknown()]),
    z.record(z.string().check(z.toLowerCase()), z.string().check(z.minLength(1))),
  ),
}

export const headers = {
  form: 'a JSON object of texts, or name=value pairs separated by commas',
  schema: z.pipe(
    z.union([z.pipe(z.string(), z.transform(readPairs)), z.unknown()]),
    z.record(z.string().check(z.regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i)), z.string().check(z.regex(/^[\t\x20-\x7e]*$/))),
  ),
}

function readJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** What the caller goes on to change must not change here. */
function copyJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value))
  } catch {
    return undefined
  }
}

function readList(value: string): unknown {
  const trimmed = value.trim()
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) return readJson(trimmed)
  // Separators alone are a slip; who means an empty list writes [].
  return /^[\s,]*$/.test(trimmed) ? undefined : trimmed.split(',')
}

/** The form of OTEL_EXPORTER_OTLP_HEADERS: W3C baggage without properties, values percent-encoded. */
export function readPairs(value: string): unknown {
  const trimmed = value.trim()
  if (trimmed.startsWith('{')) return readJson(trimmed)
  const pairs: Record<string, string> = {}
  for (const item of trimmed.split(',')) {
    if (item.trim() === '') continue
    const border = item.indexOf('=')
    if (border < 1) return undefined
    pairs[item.slice(0, border).trim()] = decode(item.slice(border + 1).trim())
  }
  return pairs
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** `100MB`, `64 kb`, `10485760`: bytes, in units of 1,024. `null` when it is not a size. */
function readSize(value: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([KMG]?B?)$/i.exec(value.trim()) ?? []
  const normalised = unit.toUpperCase().replace(/^([KMG])$/, '$1B')
  const factor = UNITS[normalised]
  if (digits === undefined || factor === undefined) return null
  const bytes = Number(digits) * factor
  return Number.isSafeInteger(bytes) ? bytes : Math.floor(bytes)
}
