// A process whose processor time is asked for, and what is made of many such times.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const reporter = new URL('report-cpu.mjs', import.meta.url).href

/** Starts a script of this folder, or of another by its whole path. */
export function startProcess(script, args, options = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', reporter, ...process.execArgv], ...options })
  let awaited = null
  child.on('message', (message) => awaited?.resolve(message))
  child.on('exit', (code) => awaited?.reject(new Error(`expected an answer of ${script} ${args}, got exit ${code}`)))
  const answer = () =>
    new Promise((resolve, reject) => {
      awaited = { resolve, reject }
    })
  return {
    answer,
    ask(question) {
      child.send(question)
      return answer()
    },
    stop: () => child.kill(),
  }
}

export const toQuantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]
export const toMedian = (values) => toQuantile(values, 0.5)
export const toQuartiles = (values, digits) =>
  [0.25, 0.75].map((share) => toQuantile(values, share).toFixed(digits)).join('-')

/** Rounds in which all take turns, each beginning with another, so that none always follows the same one. */
export async function measureInTurn(names, rounds, measure) {
  const seen = []
  for (let round = 0; round < rounds; round++) {
    const costs = {}
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]
      costs[name] = await measure(name)
    }
    seen.push(costs)
  }
  return seen
}
