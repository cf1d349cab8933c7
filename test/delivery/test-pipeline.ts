import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/core/clock.ts'
import type { SanitisedEvent } from '../../src/core/records/event.ts'
import { createGuard } from '../../src/core/guard.ts'
import type { EventJob } from '../../src/delivery/event-job.ts'
import { createPipeline, type PipelineOptions } from '../../src/delivery/pipeline.ts'
import type { Sink } from '../../src/delivery/sink.ts'
import { createSpool } from '../../src/delivery/spool/spool.ts'

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

export function toEvent(id: string = randomUUID()): SanitisedEvent {
  return { id, metadata: {}, tags: [], schema_version: 1 } as unknown as SanitisedEvent
}

/** A pipeline of its own with a sink that keeps events in memory; nothing of a tracker stands in front of it. */
export function createTestPipeline(options: Partial<PipelineOptions> & { readonly folder?: string } = {}) {
  const { folder, ...others } = options
  const guard = createGuard(silentLogger, systemClock)
  const pipeline = createPipeline({
    queueSize: 10_000,
    queueMaxBytes: 64 * 1024 * 1024,
    flushIntervalMs: 20,
    batched: true,
    guard,
    spool: folder === undefined ? null : createSpool({ folder, guard }),
    complete: async (interim) => interim,
    onEvent() {},
    ...others,
  })

  /** Accepts a job that yields an event; its id, or `null` where the job is not taken. */
  function log(job: Partial<EventJob> = {}): string | null {
    const event = toEvent()
    return pipeline.accept({ bytes: 2_048, isSmall: true, run: () => event, ...job }) ? event.id : null
  }

  function addMemorySink(name = 'memory', write: Sink['write'] = () => {}): SanitisedEvent[] {
    const events: SanitisedEvent[] = []
    pipeline.addSink({
      name,
      async write(batch) {
        await write(batch)
        events.push(...batch)
      },
    })
    return events
  }

  return { pipeline, guard, log, addMemorySink }
}

export const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id)
