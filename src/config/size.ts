const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** `100MB`, `64 kb`, `10485760`: bytes, in units of 1,024. `null` when it is not a size. */
export function readSize(text: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)\s*([KMG]?B?)$/i.exec(text.trim()) ?? []
  const normalised = unit.toUpperCase().replace(/^([KMG])$/, '$1B')
  const factor = UNITS[normalised]
  if (digits === undefined || factor === undefined) return null
  const bytes = Number(digits) * factor
  return Number.isSafeInteger(bytes) ? bytes : Math.floor(bytes)
}
