/**
 * Reads `key=value,key=value` with percent-encoding, the form of OTEL_RESOURCE_ATTRIBUTES and of
 * OTEL_EXPORTER_OTLP_HEADERS. As the OpenTelemetry specification asks, a malformed pair is left out.
 */
export function readKeyValues(text: string | undefined): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const entry of (text ?? '').split(',')) {
    const border = entry.indexOf('=')
    if (border <= 0) continue
    try {
      const key = decodeURIComponent(entry.slice(0, border).trim())
      const value = decodeURIComponent(entry.slice(border + 1).trim())
      if (key !== '' && value !== '') pairs.set(key, value)
    } catch {
      continue
    }
  }
  return pairs
}
