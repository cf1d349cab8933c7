import { randomUUID } from 'node:crypto'

import { readKeyValues } from './key-values.ts'
import type { Environment } from './otlp-connection.ts'

/** The configured name when nobody chose one; OTEL_SERVICE_NAME then names the service better than we can. */
const DEFAULT_SERVICE_NAME = 'token-tracker'

/**
 * Resource attributes of our own providers: OTEL_RESOURCE_ATTRIBUTES, the service name and an instance id.
 * Without the id the workers of one server would all write to one cumulative stream, each overwriting the others.
 */
export function toResourceAttributes(serviceName: string, environment: Environment): Record<string, string> {
  const attributes = readKeyValues(environment['OTEL_RESOURCE_ATTRIBUTES'])
  const hostName = environment['OTEL_SERVICE_NAME'] || attributes.get('service.name')
  const name = serviceName === DEFAULT_SERVICE_NAME ? (hostName ?? serviceName) : serviceName
  return { 'service.instance.id': randomUUID(), ...Object.fromEntries(attributes), 'service.name': name }
}
