import { afterEach, describe, expect, it } from 'vitest'

import { ConfigurationError } from '../../src/core/errors.ts'
import { readKeyValues } from '../../src/sinks/otel/connection/key-values.ts'
import { createOpenTelemetrySink } from '../../src/sinks/otel/open-telemetry-sink.ts'
import { readOtlpConnection, toSignalHeaders } from '../../src/sinks/otel/connection/otlp-connection.ts'
import { PROTOCOLS, startReceiverOf } from '../setup/otlp-receiver.ts'
import { createEvent, createOptions } from './otel-fixtures.ts'

describe('the address of the collector', () => {
  it.each([
    ['http://collector:4317', false, 'http://collector:4317'],
    ['https://collector:4317', true, 'https://collector:4317'],
    ['collector:4317', true, 'http://collector:4317'],
    ['collector:4317', false, 'https://collector:4317'],
    ['http://collector', true, 'http://collector:4317'],
    [' HTTPS://api.example.com/v1/traces ', true, 'https://api.example.com'],
    ['http://[::1]:4317', true, 'http://[::1]:4317'],
    ['127.0.0.1:4317', true, 'http://127.0.0.1:4317'],
  ])('%s with insecure=%s is %s', (endpoint, insecure, url) => {
    expect(readOtlpConnection(endpoint, insecure, {}).url).toBe(url)
  })

  it.each(['', 'grpc://collector:4317', 'http://', 'collector:99999', 'http://a b:1'])(
    'refuses "%s", saying which forms are accepted',
    (endpoint) => {
      const create = () => createOpenTelemetrySink(createOptions({ endpoint }))
      expect(create).toThrow(ConfigurationError)
      expect(create).toThrow(/TOKEN_TRACKER_OTEL_ENDPOINT: Expected http:\/\/HOST:PORT/)
    },
  )

  it('refuses every header that gRPC cannot send, without quoting its value', () => {
    const headers = { 'bad name': 'secret-1', 'trace-bin': 'secret-2', authorization: 'secret-3\nx: y' }
    const read = () => readOtlpConnection('collector:4317', true, headers)
    expect(read).toThrow(expect.objectContaining({ issues: [1, 2, 3].map(() => expect.anything()) }))
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
  })
})

describe('the address of the collector over HTTP', () => {
  it.each([
    ['http://collector:4318', 'http://collector:4318'],
    ['http://collector/', 'http://collector'],
    ['https://otlp-gateway.example.com/otlp/', 'https://otlp-gateway.example.com/otlp'],
    ['collector:4318', 'http://collector:4318'],
  ])('%s leads to %s/v1/metrics', (endpoint, url) => {
    expect(readOtlpConnection(endpoint, true, {}, 'http/protobuf').url).toBe(url)
  })

  it('refuses the address of one signal, which the other would not find', () => {
    const read = () => readOtlpConnection('https://backend/otlp/v1/traces', true, {}, 'http/json')
    expect(read).toThrow(/OTEL_ENDPOINT: Expected the address below which \/v1\/metrics and \/v1\/traces lie/)
  })
})

describe('the headers of the host', () => {
  const connection = readOtlpConnection('http://ours:4317', true, { 'X-Ours': 'ours', 'x-shared': 'ours' })

  it('are held back by empty values of our own, which never replace a value of ours', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://theirs:4317',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=their%20secret, x-shared=theirs,not a header=1,broken',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-traces-key=secret',
    }
    expect(Object.fromEntries(toSignalHeaders(connection, environment, 'METRICS'))).toEqual({
      'api-key': '',
      'x-shared': 'ours',
      'x-ours': 'ours',
    })
    expect(toSignalHeaders(connection, environment, 'TRACES').get('x-traces-key')).toBe('')
  })

  it.each(['http://ours:4317', 'ours:4317', 'http://ours:4317/'])(
    'go through to the host’s own address %s',
    (endpoint) => {
      const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=theirs' }
      expect(toSignalHeaders(connection, environment, 'TRACES').has('api-key')).toBe(false)
    },
  )
})

describe.each(PROTOCOLS)('headers on the wire, over %s,', (protocol) => {
  const variable = 'OTEL_EXPORTER_OTLP_HEADERS'
  afterEach(() => {
    delete process.env[variable]
  })

  it('carry ours, and not the key of the host’s backend that the exporter finds in the environment', async () => {
    const receiver = await startReceiverOf(protocol)
    process.env[variable] = 'Vendor-Key=their-secret'
    const sink = createOpenTelemetrySink(
      createOptions({
        endpoint: receiver.url,
        protocol,
        headers: { Authorization: 'Bearer ours' },
        environment: { [variable]: process.env[variable] },
      }),
    )
    await sink.write([createEvent()])
    await sink.shutdown()
    await receiver.stop()
    expect(receiver.received.map(({ path }) => path).toSorted()).toEqual(['/v1/metrics', '/v1/traces'])
    for (const { headers } of receiver.received) expect(headers).toMatchObject({ authorization: 'Bearer ours' })
    expect(JSON.stringify(receiver.received)).not.toContain('their-secret')
  })

  it('are the host’s own when its address is ours too', async () => {
    const receiver = await startReceiverOf(protocol)
    process.env[variable] = 'vendor-key=their-secret'
    const environment = { [variable]: process.env[variable], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol, environment }))
    await sink.write([createEvent()])
    await sink.shutdown()
    await receiver.stop()
    expect(receiver.received.map(({ headers }) => headers?.['vendor-key'])).toEqual(['their-secret', 'their-secret'])
  })

  // Over HTTP such a header fails each export, and is reported there.
  it.runIf(protocol === 'grpc')(
    'that the exporter cannot read from the environment fail the write until they are mended',
    async () => {
      const receiver = await startReceiverOf(protocol)
      const sink = createOpenTelemetrySink(createOptions({ endpoint: receiver.url, protocol }))
      process.env[variable] = 'not a header=1'
      const event = createEvent()
      await expect(sink.write([event])).rejects.toThrow(/Expected OpenTelemetry to start.*OTEL_EXPORTER_OTLP/)
      await sink.flush()
      delete process.env[variable]
      await sink.write([event])
      await sink.shutdown()
      await receiver.stop()
      expect(sink.stats()).toEqual({ recordedEvents: 1, exportedSpans: 1, lostSpans: 0 })
    },
  )

  it('never travel in plain text to an https address', async () => {
    const receiver = await startReceiverOf(protocol)
    const options = createOptions({ endpoint: receiver.url.replace('http:', 'https:'), protocol, insecure: true })
    const sink = createOpenTelemetrySink(options)
    await sink.write([createEvent()])
    await sink.shutdown()
    await receiver.stop()
    expect(receiver.received).toEqual([])
    expect(sink.stats().lostSpans).toBe(1)
    expect(options.faults.map(({ name }) => name).toSorted()).toEqual(['opentelemetry metrics', 'opentelemetry spans'])
  })
})

describe('key=value lists', () => {
  it('are decoded, and malformed pairs left out', () => {
    expect([...readKeyValues(' a = 1 ,b=x%2Cy=z,c,=d,e=,bad=%zz,a=2')]).toEqual([
      ['a', '2'],
      ['b', 'x,y=z'],
    ])
    expect(readKeyValues(undefined).size).toBe(0)
  })
})
