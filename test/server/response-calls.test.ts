import { pipeline, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { allServerKinds } from '../setup/servers.ts'
import { compareServers, toText, type LoggedHandler } from './compare-servers.ts'

interface Case {
  readonly name: string
  readonly handler: LoggedHandler
  /** The body as kept; default: what the client got. */
  readonly kept?: string
  readonly outcome?: 'complete' | 'aborted'
  /** Node's HTTP/2 sends uninitialised bytes for an empty buffer (seen on 20.20), so there is nothing to compare. */
  readonly skipHttp2?: boolean
}

const LARGE = 'x'.repeat(200_000)

const cases: Case[] = [
  {
    name: 'write(chunk), end()',
    handler: (response, log) => {
      log.watch(response, 'finish', 'close')
      log.call('write', () => response.write('one'))
      log.call('end', () => response.end())
    },
  },
  {
    name: 'write(chunk, callback), end(chunk, callback)',
    handler: (response, log) => {
      log.watch(response, 'finish', 'close')
      log.call('write', () => response.write('one', log.callback('write')))
      log.call('end', () => response.end('two', log.callback('end')))
    },
  },
  {
    name: 'write(chunk, encoding, callback), end(chunk, encoding, callback)',
    handler: (response, log) => {
      log.watch(response, 'finish', 'close')
      log.call('write hex', () => response.write('4f4b', 'hex', log.callback('write hex')))
      log.call('write base64', () => response.write('T0s=', 'base64', log.callback('write base64')))
      log.call('write latin1', () => response.write('\u00e9', 'latin1', log.callback('write latin1')))
      log.call('end', () => response.end('\u00e9\u{1f600}', 'utf8', log.callback('end')))
    },
  },
  {
    name: 'end(callback) behind a write',
    handler: (response, log) => {
      log.call('write', () => response.write('one'))
      log.call('end', () => response.end(log.callback('end')))
    },
  },
  {
    name: 'end(callback) alone',
    handler: (response, log) => {
      log.watch(response, 'finish', 'close')
      log.call('end', () => response.end(log.callback('end')))
    },
  },
  {
    name: 'end(chunk) alone',
    handler: (response, log) => log.call('end', () => response.end('{"whole":true}')),
  },
  {
    name: 'end(null) and end(undefined, undefined, callback)',
    handler: (response, log) => {
      log.call('write', () => response.write('one'))
      log.call('end', () => response.end(undefined, undefined as never, log.callback('end')))
    },
  },
  {
    name: 'strings, buffers and byte arrays in turn',
    handler: (response, log) => {
      const shared = new Uint8Array(8).fill(0x61)
      log.call('string', () => response.write('text '))
      log.call('buffer', () => response.write(Buffer.from('buffer ')))
      log.call('array', () => response.write(new Uint8Array([0x62, 0x63])))
      log.call('view', () => response.write(shared.subarray(2, 5)))
      log.call('end', () => response.end(new Uint8Array([0x64])))
    },
  },
  {
    name: 'a buffer that is used again once it was written',
    handler: (response, log) => {
      const buffer = Buffer.from('first')
      response.write(buffer, () => {
        buffer.write('again')
        log.call('end', () => response.end(buffer))
      })
    },
    kept: 'firstagain',
  },
  {
    name: 'empty chunks',
    handler: (response, log) => {
      log.call('empty string', () => response.write('', log.callback('empty string')))
      log.call('empty buffer', () => response.write(Buffer.alloc(0), log.callback('empty buffer')))
      log.call('write', () => response.write('one'))
      log.call('end', () => response.end(''))
    },
    skipHttp2: true,
  },
  {
    name: 'chunks of types that Node refuses',
    handler: (response, log) => {
      for (const chunk of [null, undefined, 42, {}, [], true, Symbol('chunk')]) {
        log.call(`write ${typeof chunk}`, () => response.write(chunk))
      }
      log.call('write', () => response.write('good'))
      log.call('end', () => response.end())
    },
    kept: 'good',
  },
  {
    name: 'write after end',
    handler: (response, log) => {
      log.watch(response, 'error', 'finish', 'close')
      log.call('end', () => response.end('whole'))
      log.call('write', () => response.write('late', log.callback('late write')))
    },
    kept: 'whole',
  },
  {
    name: 'end twice',
    handler: (response, log) => {
      log.watch(response, 'error', 'finish', 'close')
      log.call('end', () => response.end('whole', log.callback('first end')))
      log.call('end again', () => response.end('late', log.callback('second end')))
      log.call('end once more', () => response.end())
    },
    kept: 'whole',
  },
  {
    name: 'back-pressure and drain',
    handler: (response, log) => {
      let left = 5
      const write = () => {
        while (left-- > 0) {
          if (log.call('write', () => response.write(LARGE)) === false) {
            response.once('drain', write)
            return
          }
        }
        log.call('end', () => response.end('.'))
      }
      log.watch(response, 'drain')
      write()
    },
  },
  {
    name: 'cork and uncork',
    handler: (response, log) => {
      log.call('cork', () => response.cork?.())
      log.call('write', () => response.write('one '))
      log.call('write', () => response.write('two '))
      log.note(`corked ${response.writableCorked}`)
      process.nextTick(() => {
        log.call('uncork', () => response.uncork?.())
        log.call('end', () => response.end('three'))
      })
    },
  },
  {
    name: 'a pipe into the response',
    handler: (response, log) => {
      log.watch(response, 'pipe', 'unpipe', 'finish')
      Readable.from([Buffer.from('one '), Buffer.from('two '), Buffer.from('three')]).pipe(response)
    },
  },
  {
    name: 'a pipeline into the response',
    handler: (response, log) => {
      pipeline(Readable.from(['data: 1\n\n', 'data: 2\n\n']), response, log.callback('pipeline'))
    },
  },
  {
    name: 'a pipeline whose source fails',
    handler: (response, log) => {
      const source = new Readable({ read: () => {} })
      source.push('data: 1\n\n')
      pipeline(source, response, log.callback('pipeline'))
      setTimeout(() => source.destroy(new Error('upstream died')), 20)
    },
    kept: 'data: 1\n\n',
    outcome: 'aborted',
  },
  {
    name: 'writes in later turns of the event loop',
    handler: (response, log) => {
      log.call('write', () => response.write('data: 1\n\n'))
      setTimeout(() => {
        log.call('write', () => response.write('data: 2\n\n'))
        setImmediate(() => log.call('end', () => response.end('data: [DONE]\n\n')))
      }, 20)
    },
  },
  {
    name: 'destroy before anything was sent',
    handler: (response, log) => {
      log.watch(response, 'close', 'finish')
      log.call('destroy', () => response.destroy?.())
    },
    kept: '',
    outcome: 'aborted',
  },
  {
    name: 'destroy in the middle of the stream',
    handler: (response, log) => {
      response.write('data: 1\n\n')
      setTimeout(() => {
        const { stream } = response as unknown as { stream?: { destroy(): void } }
        if (stream) stream.destroy()
        else log.call('destroy', () => response.destroy().constructor.name)
        log.call('write', () => response.write('data: 2\n\n'))
      }, 20)
    },
    kept: 'data: 1\n\n',
    outcome: 'aborted',
  },
]

for (const [kind, start] of Object.entries(allServerKinds)) {
  describe(`calls of a response behind ${kind}`, () => {
    it.each(cases.filter(({ skipHttp2 }) => !skipHttp2 || kind !== 'HTTP/2'))(
      'are passed on untouched: $name',
      async ({ handler, kept, outcome = 'complete' }) => {
        const { answer, exchange } = await compareServers(start, handler)
        expect(toText(exchange.response.body)).toBe(kept ?? answer.body.toString('latin1'))
        expect(exchange.outcome).toBe(outcome)
      },
    )
  })
}
