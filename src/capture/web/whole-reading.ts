import { toFormText } from './form-fields.ts'
import type { StreamTap } from './stream-flow.ts'

/** What reading a body as a whole answers, once `tap` has seen it: in the form that the reader asked for. */
export async function watchWhole(tap: StreamTap, answer: Promise<unknown>): Promise<unknown> {
  try {
    const whole = await answer
    if (typeof whole === 'string' || whole instanceof Uint8Array) tap.onChunk(whole)
    else if (whole instanceof ArrayBuffer) tap.onChunk(new Uint8Array(whole))
    else if (whole instanceof Blob) tap.onChunk(new Uint8Array(await whole.arrayBuffer()))
    else if (whole instanceof FormData) tap.onChunk(toFormText(whole))
    tap.onEnd(true)
    return whole
  } catch (error) {
    tap.onEnd(false)
    throw error
  }
}
