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

/** The most that `toCostPerUnit` answers for linear time: a microsecond or so, where quadratic time takes a hundred. */
export const LINEAR = 1_000

const REFERENCE = 'x'.repeat(4_000_000)

/** Processor time that an action takes for each unit of its input, in that of walking one character of a text. */
export function toCostPerUnit(action: (size: number) => unknown, size: number): number {
  const [time, walk] = bestCpuTimes([() => action(size), () => walkText(REFERENCE)], 3)
  return time! / size / (walk! / REFERENCE.length)
}

function walkText(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (sum + text.charCodeAt(at)) | 0
  return sum
}

/** The longest processor time in milliseconds between two turns of the event loop while `action` runs. */
export async function measureLongestTurn(action: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(last)
    longest = Math.max(longest, (user + system) / 1_000)
    last = process.cpuUsage()
  }, 1)
  await action()
  clearInterval(timer)
  return longest
}
