/** What passes without anybody changing the configuration: no space, a used-up quota, too many open files. */
const TEMPORARY_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'])

export function isTemporaryFault(error: unknown): boolean {
  return TEMPORARY_CODES.has(toSystemCode(error))
}

/** The code of a system error (`ENOENT`), `null` for anything else. */
export function toSystemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
