/**
 * What our own providers are made of, loaded when the first event has somewhere to go. In one file by plain imports, for
 * the build takes these packages into the package.
 */
// grpc-js is named although the exporters bring it: they load it in the middle of their first export.
export { Metadata } from '@grpc/grpc-js'
export { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
export { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
export { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
export { BatchSpanProcessor, RandomIdGenerator } from '@opentelemetry/sdk-trace'
