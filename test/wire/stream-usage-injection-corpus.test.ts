import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isObject, parseJson, readArray } from '../../src/core/json.ts'
import { createStreamUsageStripper } from '../../src/wire/stream-usage/stream-usage-stripper.ts'
import { corpusFolder, hasCorpus } from '../setup/corpus.ts'

if (!hasCorpus) console.warn('SKIPPED: stripping recorded streams needs ../shared, which is absent')

/** Chat streams as recorded, whoever sent them. */
const recordings = (hasCorpus ? readdirSync(corpusFolder) : [])
  .filter((folder) => folder.endsWith('-chat-stream'))
  .flatMap((folder) => readdirSync(path.join(corpusFolder, folder)).map((id) => path.join(corpusFolder, folder, id)))
  .map((folder) => path.join(folder, 'response.body'))
  .filter((file) => existsSync(file))

const blocks = (text: string) => text.split(/\r?\n\r?\n/)

/** What one event says, or its text where it is no JSON. */
function read(block: string): unknown {
  const message = block.startsWith('data:') ? parseJson(block.slice('data:'.length)) : undefined
  return isObject(message) ? message : block
}

function withoutNull(event: unknown): unknown {
  if (!isObject(event) || event['usage'] !== null) return event
  const { usage: _usage, ...rest } = event
  return rest
}

function isExtra(block: unknown): boolean {
  return isObject(block) && readArray(block['choices']).length === 0 && isObject(block['usage'])
}

function strip(bytes: Buffer, size: number): string {
  const stripper = createStreamUsageStripper()
  const output: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) output.push(Buffer.from(stripper.push(bytes.subarray(at, at + size))))
  return Buffer.concat([...output, stripper.end()]).toString('utf8')
}

describe.skipIf(!hasCorpus)('recorded chat streams', () => {
  it('lose the extra event and nulls of usage, and nothing else, however they are cut', () => {
    expect(recordings.length).toBeGreaterThan(80)
    let extras = 0
    for (const file of recordings) {
      const bytes = readFileSync(file)
      const events = blocks(bytes.toString('utf8')).map(read)
      const expected = events.filter((event) => !isExtra(event)).map(withoutNull)
      extras += events.length - expected.length
      for (const size of [1_000_000, 1_000, 7]) {
        expect(blocks(strip(bytes, size)).map(read), file).toEqual(expected)
      }
    }
    expect(extras).toBeGreaterThan(40)
  })
})
