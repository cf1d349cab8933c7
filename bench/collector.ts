import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

import { startOtlpReceiver } from '../test/setup/otlp-receiver.ts'
import type { OtlpReceiver } from '../test/setup/otlp-receiver.ts'

const tool = new URL('../../shared/tools/collector.mjs', import.meta.url)

/** A real collector where ../shared has one, else a receiver in this process. */
export async function startCollector(port?: number): Promise<OtlpReceiver> {
  const where = port === undefined ? {} : { port }
  if (!existsSync(tool)) return startOtlpReceiver(where)
  const real = (await import(tool.href)) as { startCollector(options: { port?: number }): Promise<OtlpReceiver> }
  return real.startCollector(where)
}

/** A real collector whose own work, and that of what it sends on to, is not counted as this process's. */
export async function startCollectorProcess(): Promise<Pick<OtlpReceiver, 'url' | 'stop'>> {
  if (!existsSync(tool)) return startOtlpReceiver()
  const program = `
    import { startCollector } from ${JSON.stringify(tool.href)}
    const collector = await startCollector()
    console.log(collector.url)
    process.on('SIGTERM', () => collector.stop().then(() => process.exit()))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: line.toString().trim(),
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
