/** Processor time of this process in milliseconds: what other processes do only makes a clock go on. */
export function cpuTime(action: () => unknown): number {
  const before = process.cpuUsage()
  action()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** The best processor time of each action over some rounds, in which they take turns: noise only adds. */
export function bestCpuTimes(actions: readonly (() => unknown)[], rounds = 5): number[] {
  const best = actions.map(() => Infinity)
  for (let round = 0; round < rounds; round++) {
    for (const [index, action] of actions.entries()) best[index] = Math.min(best[index]!, cpuTime(action))
  }
  return best
}

/** How many times the processor time of `baseline` the action takes. */
export function toCpuRatio(action: () => unknown, baseline: () => unknown, rounds = 5): number {
  const [time, base] = bestCpuTimes([action, baseline], rounds)
  return time! / base!
}
