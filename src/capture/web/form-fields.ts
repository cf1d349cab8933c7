/** A form names a model and a handful of settings beside its files. */
const MAX_FIELDS = 64
const MAX_VALUE_LENGTH = 64 * 1024
const BOUNDARY = 'form'
/** What would have to be escaped in the head of a part is no name of a setting. */
const PLAIN_NAME = /^[\w[\].-]{1,128}$/

/** The text fields of a form as they travel (RFC 7578), without its files: what the taps would have seen of it. */
export function toFormText(form: FormData): string {
  let text = ''
  let fields = 0
  for (const [name, value] of form) {
    if (typeof value !== 'string' || value.length > MAX_VALUE_LENGTH || !PLAIN_NAME.test(name)) continue
    if (++fields > MAX_FIELDS) break
    text += `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  }
  return `${text}--${BOUNDARY}--\r\n`
}
