import { readVocabulary, type EncodingName } from '../vocabularies/vocabulary.ts'
import { createEncoding, type Encoding } from './encoding.ts'

const loading = new Map<EncodingName, Promise<Encoding>>()

/** Loads each encoding once. After a failed load the next call tries again. */
export function loadEncoding(name: EncodingName): Promise<Encoding> {
  const known = loading.get(name)
  if (known) return known
  const encoding = readVocabulary(name).then(createEncoding)
  loading.set(name, encoding)
  encoding.catch(() => loading.delete(name))
  return encoding
}
