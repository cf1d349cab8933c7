/** What passes without anybody changing the configuration: no space, a used-up quota, too many open files. */
const TEMPORARY_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'])
/** What passes only when somebody changes something: rights, or what lies at a path. */
const PERMANENT_CODES: ReadonlySet<unknown> = new Set(
  'EACCES EPERM EROFS ENOENT ENOTDIR EISDIR ENAMETOOLONG ELOOP EINVAL'.split(' '),
)
/** Causes of causes that are looked at. */
const MAX_DEPTH = 5

export function isTemporaryFault(error: unknown): boolean {
  return TEMPORARY_CODES.has(toSystemCode(error))
}

/** Of the error itself or of what caused it. */
export function isPermanentFault(error: unknown): boolean {
  let current = error
  for (let depth = 0; depth < MAX_DEPTH && current instanceof Error; depth++) {
    if (PERMANENT_CODES.has(toSystemCode(current))) return true
    current = current.cause
  }
  return false
}

/** The code of a system error (`ENOENT`), `null` for anything else. */
export function toSystemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
