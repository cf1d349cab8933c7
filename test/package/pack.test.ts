import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPackedPackage, type PackedPackage } from '../setup/packed-package.ts'

const run = promisify(execFile)

/** The Express quick start as a program that calls itself once and prints the events. */
const BODY = `
  const events = []
  const tracker = createTokenTracker({ logLevel: 'silent', pricingJson: { openai: { 'gpt-4': { prompt: 0.03, completion: 0.06 } } } })
  tracker.addSink({ name: 'memory', write: (batch) => void events.push(...batch) })
  const app = express()
  app.use(tokenUsageMiddleware({ tracker }))
  app.use(express.json())
  app.post('/v1/chat/completions', (request, response) => response.json({
    object: 'chat.completion', model: request.body.model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
  }))
  const server = app.listen(0, async () => {
    const url = 'http://127.0.0.1:' + server.address().port + '/v1/chat/completions'
    const body = JSON.stringify({ model: 'gpt-4', messages: [] })
    await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await tracker.shutdown()
    server.close()
    console.log(JSON.stringify(events.map((event) => [event.prompt_tokens, event.completion_tokens, event.total_cost])))
  })
`

describe('the packed package', () => {
  let installed: PackedPackage

  beforeAll(async () => {
    installed = await installPackedPackage()
  })
  afterAll(() => installed.remove())

  async function runProgram(file: string, source: string): Promise<string> {
    writeFileSync(path.join(installed.folder, file), source)
    const { stdout } = await run(process.execPath, [file], { cwd: installed.folder, timeout: 20_000 })
    return stdout.trim()
  }

  it('runs the Express quick start from an ES module', async () => {
    const head = `import express from 'express'\nimport { createTokenTracker, tokenUsageMiddleware } from 'token-usage-tracker'\n`
    expect(await runProgram('consumer.mjs', head + BODY)).toBe('[[9,2,0.00039]]')
  })

  it('runs the Express quick start from CommonJS', async () => {
    const head = `const express = require('express')\nconst { createTokenTracker, tokenUsageMiddleware } = require('token-usage-tracker')\n`
    expect(await runProgram('consumer.cjs', head + BODY)).toBe('[[9,2,0.00039]]')
  })

  it('shares one tracker and its counters between require and import in one process', async () => {
    const source = `
      import { createRequire } from 'node:module'
      import { getTokenLogger, ConfigurationError, loadConfig } from 'token-usage-tracker'
      const required = createRequire(import.meta.url)('token-usage-tracker')
      process.env.TOKEN_TRACKER_LOG_LEVEL = 'silent'
      required.registerCustomCounter('my-model', () => 41)
      getTokenLogger().logTokenUsage({ model: 'my-model', promptText: 'x', completionTokens: 1 })
      await required.getTokenLogger().flush()
      let recognised = false
      try { required.loadConfig({ TOKEN_TRACKER_ENABLED: 'maybe' }) } catch (error) { recognised = error instanceof ConfigurationError }
      console.log(getTokenLogger() === required.getTokenLogger(), getTokenLogger().getStats().totalTokens, recognised, required.loadConfig !== loadConfig)
    `
    expect(await runProgram('both.mjs', source)).toBe('true 42 true true')
  })

  it('takes a configuration and a tracker of the other build', async () => {
    const source = `
      import { createRequire } from 'node:module'
      import { createTokenTracker, loadConfig } from 'token-usage-tracker'
      import { trackRequestHandler } from 'token-usage-tracker/web'
      const required = createRequire(import.meta.url)('token-usage-tracker')
      const config = loadConfig({}, { logLevel: 'silent', clientId: 'one' })
      const tracker = required.createTokenTracker(config)
      const POST = trackRequestHandler(() => Response.json({ usage: { prompt_tokens: 9, completion_tokens: 2 } }), { tracker })
      await (await POST(new Request('http://host/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-4"}' }))).text()
      await tracker.shutdown()
      console.log(tracker.config === config, tracker.getStats().events, createTokenTracker(required.loadConfig({})).config.clientId)
    `
    expect(await runProgram('other-build.mjs', source)).toBe('true 1 null')
  })

  it('counts a long text in its worker, from ES modules and CommonJS', async () => {
    const body = `
      const tracker = createTokenTracker({ logLevel: 'warn' })
      const text = 'All work and no play makes Jack a dull boy. '.repeat(2000)
      tracker.logger.logTokenUsage({ model: 'gpt-4o', promptText: text, completionTokens: 1 })
      tracker.flush().then(() => tracker.shutdown()).then(() => console.log(tracker.getStats().totalTokens, tracker.getStats().faults))
    `
    const [total, faults] = (
      await runProgram('worker.mjs', `import { createTokenTracker } from 'token-usage-tracker'\n${body}`)
    ).split(' ')
    expect(Number(total)).toBeGreaterThan(20_000)
    expect(faults).toBe('0')
    expect(
      await runProgram('worker.cjs', `const { createTokenTracker } = require('token-usage-tracker')\n${body}`),
    ).toBe(`${total} ${faults}`)
  })

  it('loads no OpenTelemetry, database, price or vocabulary package until one is needed', async () => {
    const source = `
      const { createTokenTracker } = require('token-usage-tracker')
      const tracker = createTokenTracker({ logLevel: 'silent', trackCosts: false })
      tracker.logger.logTokenUsage({ model: 'gpt-4', promptTokens: 1, completionTokens: 1 })
      tracker.flush().then(() => {
        const heavy = Object.keys(require.cache).filter((file) => /opentelemetry|grpc|dist.src-|k-base-|genai-prices|rotating/.test(file))
        console.log(heavy.length)
      })
    `
    expect(await runProgram('lazy.cjs', source)).toBe('0')
  })
})
