import { describe, expect, it } from 'vitest'
import { formatOfPath } from '../../src/wire/detect.ts'
import { read, readCounts, toTypedSse } from './read.ts'

const unitsOf = (path: string, body: Record<string, unknown>) => formatOfPath(path)?.readRequest(body).units

describe('what is charged by something else than tokens', () => {
  it('is counted where the answer states it', () => {
    expect(readCounts({ pages: [{ markdown: 'Log' }], usage_info: { pages_processed: 3 } })).toEqual({
      units: { page: 3 },
    })
    expect(readCounts({ object: 'video', status: 'queued', seconds: '8' })).toEqual({ units: { video_second: 8 } })
    expect(readCounts({ predictions: [{ bytesBase64Encoded: 'aGk=' }, { bytesBase64Encoded: 'aGk=' }] })).toEqual({
      units: { image: 2 },
    })
    const verbose = { task: 'transcribe', duration: '8.5', text: 'Ahoy' }
    expect(readCounts(verbose, { path: '/v1/audio/transcriptions' })).toEqual({ units: { audio_second: 8.5 } })
    const usage = { prompt_audio_seconds: 12, prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 }
    expect(readCounts({ object: 'chat.completion', choices: [], usage })).toMatchObject({ units: { audio_second: 12 } })
  })

  it('is counted where the request states it', () => {
    expect(unitsOf('/v1/videos', { seconds: '8' })).toEqual({ video_second: 8 })
    expect(unitsOf('/v1/videos/generations', { duration: 6 })).toEqual({ video_second: 6 })
    const veo = { instances: [{ prompt: 'A sail' }], parameters: { durationSeconds: 8, sampleCount: 2 } }
    expect(unitsOf('/v1beta/models/veo-3:predictLongRunning', veo)).toEqual({ video_second: 16 })
    expect(unitsOf('/v1/audio/speech', { input: 'Ahoy there' })).toEqual({ character: 10 })
    expect(unitsOf('/v1/chat/completions', { messages: [] })).toEqual({})
  })

  it('is unknown where nobody states it, or what is stated makes no sense', () => {
    expect(readCounts({ object: 'video', status: 'queued', seconds: 'long' })).toEqual({})
    expect(unitsOf('/v1/videos', { seconds: -8 })).toEqual({})
    expect(unitsOf('/v1/videos', { seconds: 1e300 })).toEqual({})
    expect(unitsOf('/v1/videos', {})).toEqual({})
  })
})

describe('speech', () => {
  it('that is streamed tells of its tokens', () => {
    const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 }
    const body = toTypedSse([
      { type: 'speech.audio.delta', audio: 'aGk=' },
      { type: 'speech.audio.done', usage },
    ])
    expect(readCounts(body)).toEqual({ input: 14, output: 101, audioOutput: 101 })
    expect(read(body)).toMatchObject({ format: { name: 'openai-speech' }, facts: { finished: true } })
  })
})
