/** A client that reads as fast as it can gets two megabytes in one turn of the event loop, which can be read in one or in 300 ms. */
const BUDGET_MS = 10

let spentMs = 0
let isCounting = false

/** Time that reading streams may take in one turn of the event loop, of all streams of the process together. */
export const turnBudget = {
  get isLeft(): boolean {
    return spentMs < BUDGET_MS
  },
  spend(read: () => void): void {
    if (!isCounting) setImmediate(reset)
    isCounting = true
    const start = performance.now()
    try {
      read()
    } finally {
      spentMs += performance.now() - start
    }
  },
}

function reset(): void {
  spentMs = 0
  isCounting = false
}
