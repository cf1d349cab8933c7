import { matching, textBefore, wholeMatch, type Range, type Recogniser } from './matching.ts'
import { findSecretAssignments } from './secret-assignment.ts'
import { ALPHANUMERIC_SECRETS, OTHER_SECRETS } from './secret-prefixes.ts'

const TOKEN_CHARACTER = /[\w.\-~+/=$]/

const PREFIXED = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    ...ALPHANUMERIC_SECRETS.map(([prefix, minLength]) => `${prefix}[A-Za-z0-9]{${minLength}}`),
    ...OTHER_SECRETS.map(([prefix, minLength]) => `${prefix}[\\w.\\-~+/=$]{${minLength}}`),
  ].join('|')})`,
  'g',
)
/** The prefix of many providers, and the beginning of some plain words: the rest must not read like words. */
const SK_PREFIXED = /(?<![A-Za-z0-9])sk-(?=[\w-]{0,40}(?:\d|[A-Z]|[a-z]{20}))[\w-]{12}/g
/** Header and payload of a JSON Web Token begin with `{"`. Cut off at the end of the text, the header alone will do. */
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8}(?=[\w-]{0,4096}(?:\.[\w-]{4}|\.?$))/g
const TELEGRAM_BOT = /(?<![\w:])\d{8,10}:AA[\w-]{32}/g
const DISCORD_BOT = /(?<![\w.-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27}/g
const AZURE_CLIENT = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31}/g
const MAILCHIMP = /(?<!\w)[0-9a-f]{32}-us\d{1,2}(?!\w)/g
const CHAT_WEBHOOK =
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/\w|discord(?:app)?\.com\/api\/webhooks\/\d|webhook\.office\.com\/webhookb2\/\w/g

/** A scheme of RFC 7235 and its credentials. In prose, `basic` and `token` are words. */
const AUTHORISATION = /(?<![A-Za-z0-9])(Bearer|Basic|Token|ApiKey)\s{1,3}([\w.\-~+/=]{8})/gi
const AUTHORISATION_HEADER = /authori[sz]ation["']{0,2}\s{0,3}[:=]\s{0,3}["']{0,2}(?:\w{1,16}\s{1,3})?$/i

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g

/** Where the token that holds `position` ends. A full stop or dash behind it belongs to the sentence. */
function endOfToken(text: string, position: number): number {
  let end = position
  while (end < text.length && TOKEN_CHARACTER.test(text.charAt(end))) end++
  while (end > position && /[.+/~-]/.test(text.charAt(end - 1))) end--
  return end
}

function wholeToken(match: RegExpExecArray, text: string): Range {
  return { start: match.index, end: endOfToken(text, match.index + match[0].length) }
}

function credentials(match: RegExpExecArray, text: string): Range | null {
  const [whole, scheme = '', head = ''] = match
  const start = match.index + whole.length - head.length
  const end = endOfToken(text, match.index + whole.length)
  const value = text.slice(start, Math.min(end, start + 64))
  const isPlausible =
    AUTHORISATION_HEADER.test(textBefore(text, start)) ||
    (/^bearer$/i.test(scheme) && /\d|=$|^.{24}/.test(value)) ||
    (/^basic$/i.test(scheme) && isUserAndPassword(value))
  return isPlausible ? { start, end } : null
}

/** RFC 7617: base64 of `user:password`. */
function isUserAndPassword(value: string): boolean {
  return /^[ -~]*:[ -~]*$/.test(Buffer.from(value, 'base64').toString('latin1'))
}

/** Private keys, up to their end line; without one, to the end of the text. */
const findPrivateKeys: Recogniser = (text, onRange) => {
  PEM_BEGIN.lastIndex = 0
  for (let begin = PEM_BEGIN.exec(text); begin !== null; begin = PEM_BEGIN.exec(text)) {
    PEM_END.lastIndex = PEM_BEGIN.lastIndex
    const end = PEM_END.exec(text) === null ? text.length : PEM_END.lastIndex
    onRange(begin.index, end)
    PEM_BEGIN.lastIndex = end
  }
}

const recognisers = [
  matching(PREFIXED, wholeToken),
  matching(SK_PREFIXED, wholeToken),
  matching(JSON_WEB_TOKEN, wholeToken),
  matching(TELEGRAM_BOT, wholeToken),
  matching(DISCORD_BOT, wholeToken),
  matching(AZURE_CLIENT, wholeToken),
  matching(MAILCHIMP, wholeMatch),
  matching(CHAT_WEBHOOK, wholeToken),
  matching(AUTHORISATION, credentials),
  findPrivateKeys,
  findSecretAssignments,
]

export const findSecrets: Recogniser = (text, onRange) => {
  for (const recognise of recognisers) recognise(text, onRange)
}
