import { describe, expect, it } from 'vitest'
import { createStreamUsageStripper, MAX_HELD_BYTES } from '../../src/wire/stream-usage/stream-usage-stripper.ts'
import { LINEAR, toCostPerUnit } from '../setup/cpu-time.ts'
import {
  injectStreamUsage,
  isStreamUsageRefusal,
  lacksStreamUsage,
  MAX_INJECTED_LENGTH,
  withStreamUsage,
} from '../../src/wire/stream-usage/stream-usage-injection.ts'

const PATH = '/v1/chat/completions'

describe('asking for stream usage', () => {
  const asking = { model: 'gpt-4o', stream: true }

  it('is due for a chat completion that streams and has no stream_options', () => {
    expect(lacksStreamUsage(asking, PATH)).toBe(true)
    expect(lacksStreamUsage(asking, '/openai/deployments/mine/Chat/Completions/')).toBe(true)
    expect(withStreamUsage(asking)).toEqual({ ...asking, stream_options: { include_usage: true } })
  })

  it('respects what the request says of stream_options', () => {
    for (const stream_options of [{ include_usage: false }, { include_usage: true }, {}, null]) {
      expect(lacksStreamUsage({ ...asking, stream_options }, PATH)).toBe(false)
    }
  })

  it('leaves other paths, bodies that do not stream, and Azure searches over own data alone', () => {
    expect(lacksStreamUsage(asking, '/v1/completions')).toBe(false)
    expect(lacksStreamUsage(asking, '/v1/responses')).toBe(false)
    expect(lacksStreamUsage({ model: 'gpt-4o' }, PATH)).toBe(false)
    expect(lacksStreamUsage({ ...asking, stream: 'true' }, PATH)).toBe(false)
    expect(lacksStreamUsage({ ...asking, data_sources: [] }, PATH)).toBe(false)
  })

  it('changes nothing else in the text of a body', () => {
    const text = '{ "stream": true, "seed": 12345678901234567890, "messages": [{"content": "}"}] }\n'
    expect(injectStreamUsage(text, PATH)).toBe(
      '{ "stream": true, "seed": 12345678901234567890, "messages": [{"content": "}"}] ,"stream_options":{"include_usage":true}}\n',
    )
  })

  it('leaves a text alone that is no JSON object, asks for no stream, or is too large to parse', () => {
    for (const text of [
      '',
      'null',
      '[{"stream":true}]',
      '{"stream":true',
      '{"stream":false}',
      '{"x":{"stream":true}}',
    ]) {
      expect(injectStreamUsage(text, PATH), text).toBeNull()
    }
    const large = `{"stream":true,"messages":"${'x'.repeat(MAX_INJECTED_LENGTH)}"}`
    expect(injectStreamUsage(large, PATH)).toBeNull()
  })

  it('knows a refusal by a 4xx that names what was put in', () => {
    expect(isStreamUsageRefusal(400, '{"error":{"message":"Unrecognized argument: stream_options"}}')).toBe(true)
    expect(isStreamUsageRefusal(422, '{"detail":[{"loc":["body","stream_options","include_usage"]}]}')).toBe(true)
    expect(isStreamUsageRefusal(400, '{"error":{"message":"Unknown model"}}')).toBe(false)
    expect(isStreamUsageRefusal(500, 'stream_options')).toBe(false)
    expect(isStreamUsageRefusal(200, 'stream_options')).toBe(false)
  })
})

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o' }
const event = (message: object, lineBreak = '\n') => `data: ${JSON.stringify(message)}${lineBreak}${lineBreak}`
const delta = (content: string) => ({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
const extra = { ...head, choices: [], usage }

/** A stream as OpenAI sends it with and without `include_usage`. */
function streams(lineBreak: string) {
  const done = `data: [DONE]${lineBreak}${lineBreak}`
  const said = ['Hel', 'lo ☃ "usage":null', '']
  return {
    injected:
      said.map((text) => event({ ...delta(text), usage: null }, lineBreak)).join('') + event(extra, lineBreak) + done,
    bare: said.map((text) => event(delta(text), lineBreak)).join('') + done,
  }
}

function strip(pieces: readonly Uint8Array[]): string {
  const stripper = createStreamUsageStripper()
  const output = pieces.map((piece) => Buffer.from(stripper.push(piece)))
  return Buffer.concat([...output, Buffer.from(stripper.end())]).toString('utf8')
}

const stripText = (text: string) => strip([Buffer.from(text)])

function cut(bytes: Buffer, size: () => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + size()
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

describe('stripping what was asked for', () => {
  for (const [name, lineBreak] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    it(`gives the stream as it would have been, with ${name}, whole and byte by byte`, () => {
      const { injected, bare } = streams(lineBreak)
      expect(stripText(injected)).toBe(bare)
      expect(strip(cut(Buffer.from(injected), () => 1))).toBe(bare)
    })

    it(`gives the same stream with ${name} however it is cut`, () => {
      const { injected, bare } = streams(lineBreak)
      for (let size = 2; size < 120; size++) {
        expect(strip(cut(Buffer.from(injected), () => size)), `pieces of ${size}`).toBe(bare)
      }
    })
  }

  it('passes each event on as soon as it is whole', () => {
    const stripper = createStreamUsageStripper()
    const bytes = Buffer.from(event({ ...delta('Hi'), usage: null }))
    expect(Buffer.from(stripper.push(bytes)).toString()).toBe(event(delta('Hi')))
    expect(stripper.push(bytes.subarray(0, 20)).length).toBe(0)
    expect(Buffer.from(stripper.push(bytes.subarray(20))).toString()).toBe(event(delta('Hi')))
  })

  it('passes on the very bytes it was given where there is nothing to take out', () => {
    const bytes = Buffer.from(event(delta('Hi')))
    expect(createStreamUsageStripper().push(bytes).buffer).toBe(bytes.buffer)
  })

  it('takes out a null usage between other members and with blanks, and only of the outermost object', () => {
    expect(stripText('data: {"choices": [1], "usage": null, "obfuscation": "x"}\n\n')).toBe(
      'data: {"choices": [1], "obfuscation": "x"}\n\n',
    )
    const nested = 'data: {"choices":[1],"x_groq":{"id":"r","usage":null}}\n\n'
    expect(stripText(nested)).toBe(nested)
    const named = 'data: {"choices":[1],"usage":nullable}\n\n'
    expect(stripText(named)).toBe(named)
  })

  it('leaves events with no choices alone that carry something else', () => {
    const filter = event({ ...extra, usage: null, prompt_filter_results: [{ prompt_index: 0 }] })
    expect(stripText(filter)).toBe(event({ ...head, choices: [], prompt_filter_results: [{ prompt_index: 0 }] }))
    for (const carrying of [
      { ...extra, error: { message: 'upstream died' } },
      { ...extra, prompt_filter_results: [{ prompt_index: 0 }] },
      { ...extra, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { ...head, usage },
    ]) {
      expect(stripText(event(carrying))).toBe(event(carrying))
    }
  })

  it('takes out an extra event that carries measurements and empty members', () => {
    const measured = { ...extra, service_tier: 'default', obfuscation: 'x1', timings: { prompt_n: 9 }, error: null }
    expect(stripText(event(measured) + event(delta('x')))).toBe(event(delta('x')))
  })

  it('takes out one extra event, not a second', () => {
    expect(stripText(event(extra) + event(extra))).toBe(event(extra))
  })

  it('takes out an extra event that ends the stream without a blank line', () => {
    expect(stripText(`${event(delta('x'))}data: ${JSON.stringify(extra)}`)).toBe(event(delta('x')))
    expect(stripText(`${event(delta('x'))}data: ${JSON.stringify(delta('y'))}`)).toBe(
      `${event(delta('x'))}data: ${JSON.stringify(delta('y'))}`,
    )
  })

  it('passes comments, names, blank lines, a byte order mark and what is no JSON as they are', () => {
    const text = `\uFEFF\n\n: waiting "usage"\n\nevent: x\nid: 1\ndata: "usage"\n\ndata: {"usage"\n\ndata:\n\n`
    expect(stripText(text)).toBe(text)
    const marked = '\uFEFFdata: {"a":1,"usage":null}\n\n'
    expect(stripText(marked)).toBe('\uFEFFdata: {"a":1}\n\n')
  })

  it('passes an event past its cap as it is, and goes on with the next', () => {
    const large = event({ ...delta('x'.repeat(MAX_HELD_BYTES)), usage: null })
    const text = large + event({ ...delta('y'), usage: null })
    expect(strip(cut(Buffer.from(text), () => 64 * 1024)) === large + event(delta('y'))).toBe(true)
    expect(stripText(text) === large + event(delta('y'))).toBe(true)
  })

  it('takes time in proportion to the input, for evil events and for tiny pieces', () => {
    const evil: ((times: number) => unknown)[] = [
      (times) => stripText(`data: {"a":[${'{"b":1,"usage":null},'.repeat(times)}1]}\n\n`),
      (times) => stripText(`data: {"a":1${',   '.repeat(5 * times)}}"usage":null\n\n`),
      // A piece of one byte is the unit.
      (times) => strip(cut(Buffer.from(`data: ${'"usage":null'.repeat(Math.ceil(times / 12))}`), () => 1)),
    ]
    for (const action of evil) expect(toCostPerUnit(action, 40_000)).toBeLessThan(LINEAR * 20)
  })

  it('never throws on any bytes, and loses none when there is nothing to take out', () => {
    let seed = 1
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(streams('\n').injected.replaceAll('usage', 'usxge'))
      for (let flips = random(40); flips > 0; flips--) bytes[random(bytes.length)] = random(256)
      const stripper = createStreamUsageStripper()
      const output = cut(bytes, () => 1 + random(50)).map((piece) => Buffer.from(stripper.push(piece)))
      expect(Buffer.concat([...output, Buffer.from(stripper.end())]).equals(bytes)).toBe(true)
    }
  })
})
