import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** Units of our metrics, as collectors and backends write them into a name; what stands in braces they leave out. */
const UNIT_SUFFIXES: Readonly<Record<string, string>> = {
  ms: 'milliseconds',
  s: 'seconds',
  tokens: 'tokens',
  USD: 'USD',
}

/** Metrics under the names that they get behind a collector, so that one dashboard shows both. */
export function withPrometheusNames(metrics: ResourceMetrics): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => {
        const { descriptor } = metric
        return { ...metric, descriptor: { ...descriptor, name: toPrometheusName(descriptor.name, descriptor.unit) } }
      }),
    })),
  }
}

/** Without the `_total` of a counter, which the serializer adds. */
function toPrometheusName(name: string, unit: string): string {
  const stem = name.replace(/_total$/, '')
  const suffix = UNIT_SUFFIXES[unit]
  return suffix === undefined || stem.endsWith(suffix) ? stem : `${stem}_${suffix}`
}
