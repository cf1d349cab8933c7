import type { MediaPart } from '../../core/conversation.ts'

/** Head of an inline payload that is kept: image formats state their dimensions in it. */
const MEDIA_HEAD_LENGTH = 64 * 1024

/** A data URL or bare base64, of which the head is kept; or a reference (`https:`, a file id), of which nothing is. */
export function toMediaPart(kind: MediaPart['kind'], source: string | null, detail: string | null): MediaPart {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(source?.slice(0, 32) ?? '')?.[1]?.toLowerCase()
  if (source === null || (scheme !== undefined && scheme !== 'data')) return { kind, data: null, dataLength: 0, detail }
  const start = scheme === 'data' ? source.indexOf(',') + 1 : 0
  return { kind, data: source.slice(start, start + MEDIA_HEAD_LENGTH), dataLength: source.length - start, detail }
}
