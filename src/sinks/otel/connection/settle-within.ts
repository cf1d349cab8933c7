/**
 * Waits for all of `work`, at most `timeoutMs`. Never rejects: the OpenTelemetry providers reject with arrays, and once
 * more on a second call; the cause has been reported by then.
 */
export async function settleWithin(work: readonly Promise<unknown>[], timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([Promise.allSettled(work), deadline])
  clearTimeout(timer)
}
