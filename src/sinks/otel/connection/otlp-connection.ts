import { quote } from '../../../core/credentials.ts'
import { ConfigurationError } from '../../../core/errors.ts'
import type { ConfigurationIssue } from '../../../core/errors.ts'
import { readKeyValues } from './key-values.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Signal = 'METRICS' | 'TRACES'

/** Where our own exporters send to. */
export interface OtlpConnection {
  /** Scheme and authority; the scheme decides on TLS. */
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
): OtlpConnection {
  const issues: ConfigurationIssue[] = []
  const url = toUrl(endpoint, insecure)
  if (url === null) {
    const problem = `Expected http://HOST:PORT, https://HOST:PORT or HOST:PORT, got ${quote(endpoint)}.`
    issues.push({ name: 'TOKEN_TRACKER_OTEL_ENDPOINT', problem })
  }
  for (const [name, value] of Object.entries(headers)) {
    const problem = toHeaderProblem(name, value)
    if (problem !== null) issues.push({ name: 'TOKEN_TRACKER_OTEL_HEADERS', problem })
  }
  if (url === null || issues.length > 0) throw new ConfigurationError(issues)
  const lowerCased = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return { url, headers: new Map(lowerCased) }
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
  if (toUrl(hostEndpoint, false) === connection.url || toUrl(hostEndpoint, true) === connection.url) {
    return connection.headers
  }
  const headers = new Map<string, string>()
  for (const variable of ['OTEL_EXPORTER_OTLP_HEADERS', `OTEL_EXPORTER_OTLP_${signal}_HEADERS`]) {
    for (const name of readKeyValues(environment[variable]).keys()) {
      if (HEADER_NAME.test(name)) headers.set(name.toLowerCase(), '')
    }
  }
  for (const [name, value] of connection.headers) headers.set(name, value)
  return headers
}

function toUrl(endpoint: string, insecure: boolean): string | null {
  const text = endpoint.trim()
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${insecure ? 'http' : 'https'}://${text}`
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.hostname === '' || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  if (url.protocol === 'http:' && url.port === '') url.port = DEFAULT_PORT
  return `${url.protocol}//${url.host}`
}

function toHeaderProblem(name: string, value: string): string | null {
  // Not quoted: a key that was written without a name is one to us.
  if (!HEADER_NAME.test(name)) {
    return 'Expected header names of letters, digits, "_", "." and "-", not ending in "-bin", got another.'
  }
  if (!HEADER_VALUE.test(value)) return `Expected the value of header "${name}" to be printable ASCII on one line.`
  return null
}
