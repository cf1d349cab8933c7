export type DeadlineResult<T> = { readonly inTime: true; readonly value: T } | { readonly inTime: false }

const TOO_LATE = { inTime: false } as const

/**
 * Waits for `work`, at most `milliseconds`. Rejects as `work` does, while it is waited for; what comes later is nobody's
 * business. The work itself goes on.
 */
export async function withDeadline<T>(work: PromiseLike<T>, milliseconds: number): Promise<DeadlineResult<T>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof TOO_LATE>((resolve) => {
    timer = setTimeout(resolve, milliseconds, TOO_LATE)
  })
  try {
    return await Promise.race([work.then((value) => ({ inTime: true as const, value })), late])
  } finally {
    clearTimeout(timer)
  }
}
