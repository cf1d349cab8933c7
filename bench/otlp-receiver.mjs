// An OTLP gRPC receiver in a process of its own, which takes everything and counts the spans: node bench/otlp-receiver.mjs
// Forked by bench/pipeline.mjs; says its port, and the count whenever it is asked.
import { Server, ServerCredentials } from '@grpc/grpc-js'

const server = new Server()
let spans = 0

addService('metrics.v1.MetricsService', () => {})
// resource_spans, scope_spans and spans are fields 1, 2 and 2 of their messages.
addService('trace.v1.TraceService', (bytes) => (spans += countParts(bytes, [1, 2, 2])))

function addService(name, onExport) {
  const path = `/opentelemetry.proto.collector.${name}/Export`
  const keepBytes = (bytes) => bytes
  const method = { path, requestStream: false, responseStream: false }
  const forms = { requestSerialize: keepBytes, requestDeserialize: keepBytes }
  const answers = { responseSerialize: keepBytes, responseDeserialize: keepBytes }
  const answer = ({ request }, callback) => {
    onExport(request)
    callback(null, Buffer.alloc(0))
  }
  server.addService({ export: { ...method, ...forms, ...answers } }, { export: answer })
}

/** How many parts a message has below `fields`; all fields on the way hold messages, texts or bytes. */
function countParts(bytes, [field, ...below]) {
  let count = 0
  let at = 0
  const readNumber = () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = readNumber()
    const end = readNumber() + at
    if (key >> 3 === field) count += below.length === 0 ? 1 : countParts(bytes.subarray(at, end), below)
    at = end
  }
  return count
}

server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error
  process.send({ port })
})
process.on('message', () => process.send({ spans }))
process.on('disconnect', () => process.exit())
