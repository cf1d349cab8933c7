import type { Recogniser } from './matching.ts'

const PASSWORD_WORDS =
  'password|passwd|pwd|passphrase|passcode|passwort|kennwort|contraseña|mot de passe|senha|wachtwoord|hasło|пароль|' +
  '密码|密碼|パスワード|비밀번호'
const KEY_WORDS =
  '(?:api|access|secret|private|account|shared|encryption|signing|master|subscription|storage|consumer|app|application|' +
  'auth|service|deploy|server|client|license|integration|webhook|write|admin)[_. -]?key|token|secret|credentials?|creds|jwt|' +
  '(?:x-amz-|x-goog-|(?<=[?&]))(?:sig|signature)'
const SUFFIX = '(?:[_-]?(?:value|hash|base|prod|production|dev|test|staging|live|\\d))?'

/** A part of each of them. Most texts have none, and need not meet the long pattern. */
const STEM = /pass|pwd|kennwort|contrase|senha|wachtwoord|hasło|парол|密|パス|비밀|key|token|secret|cred|jwt|sig/i

/** `string`, `: &str`, `[]`, `{ get; set; }`: what languages put between a name and the sign. */
const TYPE =
  '(?:\\s{0,2}:\\s{0,2}[\\w&<>[\\]?*.]{1,24}(?=\\s{0,3}=)|\\s{1,3}(?:string|str|text|char|byte\\[\\]|\\[\\]byte)|\\[\\d{0,4}\\]|' +
  '\\s{0,2}\\{[a-z; ]{4,30}\\})?'
const SIGN = '(?:=>|->|<-|\\|\\||\\?\\?(?!=)|[.+?:|]{0,3}={1,3}|[:：])'
/** `b"..."`, `@"..."`, `String("...")` */
const BEFORE_QUOTE =
  '(?:(?:[brufRBUF@$]{1,2}|(?:Buffer\\.from|SecretStr|(?:aws\\.)?String|Some)\\(\\s{0,2})(?=["\'`]))?'
const ASSIGNED = `["'\`\\]]{0,3}${TYPE}\\s{0,8}${SIGN}\\s{0,8}${BEFORE_QUOTE}`
const TOLD = '\\s{1,3}(?:is|lautet|es|est)(?:\\s{0,2}[:=])?\\s{1,3}'
const COMMAND_LINE_FLAG = '(?<=--[\\w-]{3,40})\\s{1,2}|(?<=\\b(?:ENV|ARG|setx?)\\s{1,3}\\w{3,60})\\s{1,3}(?=\\S)'
/** `<token>...`, `<name>token</name> <value>...`, `CDATA` */
const ELEMENT =
  '(?:(?:\\s[\\w:.-]{1,20}=["\'][^"\'<>]{0,40}["\']){0,2}|</[\\w:.-]{1,20}>\\s{0,40}<[\\w:.-]{1,20})>\\s{0,16}(?:<!\\[CDATA\\[)?'
/** `key="token" value="..."`, `name: token`, `value: ...`, `variable "token" { default = "..." }` */
const PAIR =
  '["\'`]?(?:[,;\\s]{1,40}|\\s{0,3}\\{[^{}"\']{0,60}?)-?\\s?["\'`]?(?:value|default|content)["\'`]?\\s{0,3}[:=]\\s{0,3}'
/** `("token", "...")`, `token "..."` */
const NEXT_WORD = `["'\`]\\s{0,3},\\s{0,8}${BEFORE_QUOTE}(?=["'\`])|["'\`]?\\s{1,3}(?=["'\`])`

/** A word that names a secret, what gives it a value, and the quote before it. */
const ASSIGNMENT = new RegExp(
  `(?:(${PASSWORD_WORDS})|(?:${KEY_WORDS}))${SUFFIX}(?:${ASSIGNED}|${TOLD}|(${ELEMENT})|${PAIR}|(${NEXT_WORD})|${COMMAND_LINE_FLAG})(["'\`])?`,
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
const MIXED_LETTERS = /^[A-Za-z]{16,}$/

const MIN_KEY_LENGTH = 12
const MIN_QUOTED_KEY_LENGTH = 8
const MIN_PASSWORD_LENGTH = 4

/** Whether a field of this name holds a secret whatever its value looks like. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(-64))
}

/** The values of `password=`, `"api_key": "..."`, `--token ...` and their like. */
export const findSecretAssignments: Recogniser = (text, onRange) => {
  if (!STEM.test(text)) return
  ASSIGNMENT.lastIndex = 0
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    const [, passwordWord, element, nextWord, quote] = match
    const start = ASSIGNMENT.lastIndex
    const isQuoted = quote !== undefined || element !== undefined
    const value = readValue(text.slice(start, start + MAX_VALUE_LENGTH), quote !== undefined)
    // What merely comes next may be another word of a list: it must look like a key, even behind a word for passwords.
    const isPassword = passwordWord !== undefined && (nextWord === undefined || /\d/.test(value))
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
  const isMixed = /\d/.test(value) && /[^\d.,:/-]/.test(value)
  return (
    (isMixed && value.length >= (isQuoted ? MIN_QUOTED_KEY_LENGTH : MIN_KEY_LENGTH)) ||
    LONG_WORD.test(value) ||
    isOfRandomCase(value)
  )
}

/** Names in programs have a capital for each word; random letters have one in two. */
function isOfRandomCase(value: string): boolean {
  if (!MIXED_LETTERS.test(value)) return false
  const capitals = value.replace(/[a-z]/g, '').length
  return capitals > 0.3 * value.length && capitals < 0.7 * value.length
}

function standsForValue(value: string): boolean {
  return PLACEHOLDER.test(value) || NO_SECRET.test(value) || CODE.test(value)
}
