/** JSON text of a value that travels as JSON; `''` for values nested too deep to be written. */
export function toJsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
