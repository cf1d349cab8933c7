/** Node takes no longer ones by default, and no API has them: what stands beyond is not looked at. */
const MAX_LENGTH = 16_384

/**
 * A path as patterns compare it: lower case, without slashes at its end. Not by a regular expression: one that looks for
 * slashes at the end takes quadratic time where they are not at the end.
 */
export function normalisePath(path: string): string {
  let end = Math.min(path.length, MAX_LENGTH)
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end).toLowerCase()
}
