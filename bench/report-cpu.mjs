// Loaded into a process under measurement (`--import`), whatever it runs: answers with its processor time so far, in
// microseconds.
import process from 'node:process'

/** What is to be waited for before the time is told: work that was put off belongs to what caused it. */
export const settled = []

process.on('message', async (question) => {
  if (question !== 'cpu') return
  for (const settle of settled) await settle()
  const { user, system } = process.cpuUsage()
  process.send({ cpu: user + system })
})
process.on('disconnect', () => process.exit())
