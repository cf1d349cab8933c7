import type { Recogniser } from './matching.ts'

const PASSWORD_WORDS =
  'password|passwd|pwd|passphrase|passcode|passwort|kennwort|contraseña|mot de passe|senha|wachtwoord|hasło|пароль|' +
  '密码|密碼|パスワード|비밀번호'
const KEY_WORDS =
  '(?:api|access|secret|private|account|shared|encryption|signing|master|subscription|storage)[_ -]?key|' +
  '(?:access|auth|refresh|id|session|bearer|bot|api|security|csrf)[_-]?token|token|client[_-]?secret|secret|' +
  'credentials?|(?:x-amz-|x-goog-|(?<=[?&]))(?:sig|signature)'
const ASSIGNED = '["\'`\\]]{0,3}\\s{0,3}(?::=|=>|==?|[:：])\\s{0,3}'
const TOLD = '\\s{1,3}(?:is|lautet|es|est)(?:\\s{0,2}[:=])?\\s{1,3}'
const COMMAND_LINE_FLAG = '(?<=--[\\w-]{3,40})\\s{1,2}'

/** A word that names a secret, a sign that gives it a value, and the quote before it. */
const ASSIGNMENT = new RegExp(
  `(?:(${PASSWORD_WORDS})|(?:${KEY_WORDS}))(?:[_-]?(?:value|hash|\\d))?(?:${ASSIGNED}|${TOLD}|${COMMAND_LINE_FLAG})(["'\`])?`,
  'giu',
)
const SECRET_NAME = new RegExp(`(?:${PASSWORD_WORDS}|${KEY_WORDS}|authori[sz]ation|cookie)$`, 'iu')

const MAX_VALUE_LENGTH = 256
const QUOTED = /^[^"'`\s\\]{1,256}/
/** Commas, semicolons and ampersands belong to a value unless what follows begins the next one. */
const UNQUOTED = /^(?:[^\s"'`<>,;&\\]|[,;&](?=[^\s"'})\]\\])(?![\w.%-]{1,40}[=:])){1,256}/
const CLOSING = /[,;:.)}\]]{1,4}$/

/** What stands where a value will be: `[EMAIL]`, `${VAR}`, `***`, `%s`. */
const PLACEHOLDER =
  /^(?:\[[A-Z_ ]{1,30}\]?|\{\{?.{0,64}|\$[A-Za-z_{(][^\d]{0,64}|%(?:[sdv]|\(\w{1,40}\)s|\w{1,40}%)|\*{2,}|\.{3,}|x{3,})$/i
/** `null`, `required`, `your-key`. */
const NO_SECRET =
  /^(?:null|none|nil|undefined|true|false|required|optional|string|str|text|bytes|number|invalid|incorrect|missing|unknown|expired|wrong|password|secret|token|hidden|redacted|changeme|(?:your|my|the|example|some)[_-].{0,64})$/i
/** `process.env.X`, `getSecret(`, `secrets[`, `/home/me`. */
const CODE =
  /^(?:[a-z_$]{1,64}(?:\.[a-z_$]{1,64}){1,8}|[a-z_$][\w$.]{0,64}[([].{0,256}|(?:[a-z]:)?[\\/][\w.\\/-]{0,256})$/i
const WORDS = /^[\p{L}_$]+$/u
/** Letters of one case that are too many for a name: a pass phrase, or a key. */
const LONG_WORD = /^(?:[a-z]{24,}|[A-Z]{24,})$/

const MIN_KEY_LENGTH = 16
const MIN_QUOTED_KEY_LENGTH = 8
const MIN_PASSWORD_LENGTH = 4

/** Whether a field of this name holds a secret whatever its value looks like. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(-64))
}

/** The values of `password=`, `"api_key": "..."`, `--token ...` and their like. */
export const findSecretAssignments: Recogniser = (text, onRange) => {
  ASSIGNMENT.lastIndex = 0
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    const start = ASSIGNMENT.lastIndex
    const isPassword = match[1] !== undefined
    const isQuoted = match[2] !== undefined
    const value = readValue(text.slice(start, start + MAX_VALUE_LENGTH), isQuoted)
    if (isPassword ? isPlausiblePassword(value, isQuoted) : isPlausibleKey(value, isQuoted)) {
      onRange(start, start + value.length)
    }
  }
}

function readValue(text: string, isQuoted: boolean): string {
  const value = (isQuoted ? QUOTED : UNQUOTED).exec(text)?.[0] ?? ''
  return isQuoted ? value : value.replace(CLOSING, '')
}

function isPlausiblePassword(value: string, isQuoted: boolean): boolean {
  if (value.length < MIN_PASSWORD_LENGTH || standsForValue(value)) return false
  return isQuoted || !WORDS.test(value) || LONG_WORD.test(value)
}

function isPlausibleKey(value: string, isQuoted: boolean): boolean {
  if (standsForValue(value)) return false
  const isMixed = /\d/.test(value) && /\D/.test(value)
  return (isMixed && value.length >= (isQuoted ? MIN_QUOTED_KEY_LENGTH : MIN_KEY_LENGTH)) || LONG_WORD.test(value)
}

function standsForValue(value: string): boolean {
  return PLACEHOLDER.test(value) || NO_SECRET.test(value) || CODE.test(value)
}
