import { quote } from '../../../core/credentials.ts'
import { ConfigurationError } from '../../../core/errors.ts'
import type { ConfigurationIssue } from '../../../core/errors.ts'
import { readKeyValues } from './key-values.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Signal = 'METRICS' | 'TRACES'

export type OtlpProtocol = 'grpc' | 'http/protobuf' | 'http/json'

/** Where our own exporters send to. */
export interface OtlpConnection {
  readonly protocol: OtlpProtocol
  /** Scheme and authority; the scheme decides on TLS. Over HTTP also the path below which both signals have theirs. */
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
}

/** Port of OTLP over gRPC, used for `http://` addresses that name none: gRPC itself would take 443, in plain text. */
const DEFAULT_PORT = '4317'

// Names and values that gRPC metadata accepts. Names ending in -bin carry bytes, which a text variable cannot hold.
const HEADER_NAME = /^(?!.*-bin$)[0-9a-z_.-]+$/i
const HEADER_VALUE = /^[ -~]*$/

/**
 * `http://` is plain text and `https://` is TLS, always; an address without a scheme is TLS unless `insecure`.
 * Throws a ConfigurationError for an address or a header that gRPC could not use. Header values are secrets, and are
 * never quoted.
 */
export function readOtlpConnection(
  endpoint: string,
  insecure: boolean,
  headers: Readonly<Record<string, string>>,
  protocol: OtlpProtocol = 'grpc',
): OtlpConnection {
  const issues: ConfigurationIssue[] = []
  const address = toAddress(endpoint, insecure, protocol)
  const problemOfAddress = toAddressProblem(endpoint, address, protocol)
  if (problemOfAddress !== null) issues.push({ name: 'TOKEN_TRACKER_OTEL_ENDPOINT', problem: problemOfAddress })
  for (const [name, value] of Object.entries(headers)) {
    const problem = toHeaderProblem(name, value)
    if (problem !== null) issues.push({ name: 'TOKEN_TRACKER_OTEL_HEADERS', problem })
  }
  if (address === null || issues.length > 0) throw new ConfigurationError(issues)
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const path = protocol === 'grpc' ? '' : toBasePath(address)
  return { protocol, url: toOrigin(address) + path, headers: new Map(lowerCased) }
}

/**
 * The headers to send for one signal. The exporter adds those of the host's OTEL_EXPORTER_OTLP_HEADERS to every
 * address it is given, which would hand the key of the host's backend to ours: an empty value of our own keeps each
 * of them back. Only when our address is the host's own do they belong there, and go through.
 */
export function toSignalHeaders(
  connection: OtlpConnection,
  environment: Environment,
  signal: Signal,
): ReadonlyMap<string, string> {
  const hostEndpoint =
    environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || environment['OTEL_EXPORTER_OTLP_ENDPOINT'] || ''
  const ours = toOrigin(new URL(connection.url))
  const isOurs = [true, false].some((insecure) => {
    const theirs = toAddress(hostEndpoint, insecure, connection.protocol)
    return theirs !== null && toOrigin(theirs) === ours
  })
  if (isOurs) return connection.headers
  const headers = new Map<string, string>()
  for (const variable of ['OTEL_EXPORTER_OTLP_HEADERS', `OTEL_EXPORTER_OTLP_${signal}_HEADERS`]) {
    for (const name of readKeyValues(environment[variable]).keys()) {
      if (HEADER_NAME.test(name)) headers.set(name.toLowerCase(), '')
    }
  }
  for (const [name, value] of connection.headers) headers.set(name, value)
  return headers
}

function toAddress(endpoint: string, insecure: boolean, protocol: OtlpProtocol): URL | null {
  const text = endpoint.trim()
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${insecure ? 'http' : 'https'}://${text}`
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.hostname === '' || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  if (protocol === 'grpc' && url.protocol === 'http:' && url.port === '') url.port = DEFAULT_PORT
  return url
}

function toOrigin({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

function toBasePath({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}

function toAddressProblem(endpoint: string, address: URL | null, protocol: OtlpProtocol): string | null {
  if (address === null) {
    const path = protocol === 'grpc' ? '' : ' (with a path where the backend has one)'
    return `Expected http://HOST:PORT, https://HOST:PORT or HOST:PORT${path}, got ${quote(endpoint)}.`
  }
  if (protocol === 'grpc' || !/\/v1\/(metrics|traces)$/.test(toBasePath(address))) return null
  return `Expected the address below which /v1/metrics and /v1/traces lie, got that of one: ${quote(endpoint)}.`
}

function toHeaderProblem(name: string, value: string): string | null {
  // Not quoted: a key that was written without a name is one to us.
  if (!HEADER_NAME.test(name)) {
    return 'Expected header names of letters, digits, "_", "." and "-", not ending in "-bin", got another.'
  }
  if (!HEADER_VALUE.test(value)) return `Expected the value of header "${name}" to be printable ASCII on one line.`
  return null
}
