import { matching, textBefore, type Range, type Recogniser } from './matching.ts'
import { findSecretAssignments } from './secret-assignment.ts'
import { ALPHANUMERIC_SECRETS, OTHER_SECRETS } from './secret-prefixes.ts'

const TOKEN_CHARACTER = /[\w.\-~+/=$]/
/** What has no blank or quote for so long may be a key. Prose has little of it, so that few texts meet the long patterns. */
const LONG_TOKEN = /[\w.\-~+/=$:|%]{13,4096}/g
const MAX_PIECE = 4_096
/** Of a longer token each piece is read again from so far before its end. */
const OVERLAP = 256

const PREFIXED = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    ...ALPHANUMERIC_SECRETS.map(([prefix, minLength]) => `${prefix}[A-Za-z0-9]{${minLength}}`),
    ...OTHER_SECRETS.map(([prefix, minLength]) => `${prefix}[\\w.\\-~+/=$]{${minLength}}`),
  ].join('|')})`,
  'g',
)
/** The prefix of many providers, and the beginning of some plain words: the rest must not read like words. */
const SK_PREFIXED = /(?<![A-Za-z0-9])sk-(?=[\w-]{0,40}(?:\d|[A-Z]|[a-z]{20}))[\w-]{12}/g
const TELEGRAM_BOT = /(?<![\w:])\d{5,16}:A[\w-]{34}/g
const DISCORD_BOT = /(?<![\w.-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27}/g
const AZURE_CLIENT = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31}/g
const MAILCHIMP = /(?<!\w)[0-9a-f]{32}-us\d{1,2}(?!\w)/g
const MAILGUN_SIGNING = /(?<![\w-])(?=[a-h]{0,31}\d)[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}(?![\w-])/g
const MAXMIND = /(?<!\w)[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?!\w)/g
const TERRAFORM = /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60}/g
const FACEBOOK_APP = /(?<!\w)\d{15,16}\|[\w-]{27,40}(?![\w-])/g
const OKTA = /(?<![\w.-])00(?=[\w-]{0,39}[a-z])(?=[\w-]{0,39}[A-Z])[\w-]{40}(?![\w-])/g
const VAULT = /(?<![\w.])s\.(?=[A-Za-z]{0,23}\d)[A-Za-z0-9]{24}(?![\w.])/g
const FIREBASE = /(?<!\w)AAAA[\w-]{7}:APA91b[\w-]{60}/g

/** Header and payload of a JSON Web Token begin with `{"`. Cut off at the end of the text, the header alone will do. */
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8}(?=[\w-]{0,4096}(?:\.[\w-]{4}|\.?$))/g
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

/** What is looked for in long tokens, each behind a piece of text that it cannot be without. */
const inTokens: readonly (readonly [piece: string, Recogniser])[] = [
  ['', matching(PREFIXED, wholeToken)],
  ['sk-', matching(SK_PREFIXED, wholeToken)],
  [':A', matching(TELEGRAM_BOT, wholeToken)],
  ['.', matching(DISCORD_BOT, wholeToken)],
  ['Q~', matching(AZURE_CLIENT, wholeToken)],
  ['-us', matching(MAILCHIMP)],
  ['-', matching(MAILGUN_SIGNING)],
  ['_mmk', matching(MAXMIND)],
  ['.atlasv1.', matching(TERRAFORM, wholeToken)],
  ['|', matching(FACEBOOK_APP)],
  ['00', matching(OKTA)],
  ['s.', matching(VAULT)],
  [':APA91b', matching(FIREBASE, wholeToken)],
]

const findTokens: Recogniser = (text, onRange) => {
  LONG_TOKEN.lastIndex = 0
  for (let match = LONG_TOKEN.exec(text); match !== null; match = LONG_TOKEN.exec(text)) {
    const offset = match.index
    const token = match[0]
    const isPiece = token.length === MAX_PIECE
    let next = offset + token.length - (isPiece ? OVERLAP : 0)
    for (const [piece, recognise] of inTokens) {
      if (!token.includes(piece)) continue
      recognise(token, (start, end) => {
        const goesOn = isPiece && end > token.length - OVERLAP
        const last = goesOn ? endOfToken(text, offset + end) : offset + end
        if (goesOn) next = Math.max(next, last)
        onRange(offset + start, last)
      })
    }
    LONG_TOKEN.lastIndex = next
  }
}

const recognisers = [
  findTokens,
  matching(JSON_WEB_TOKEN, wholeToken),
  matching(CHAT_WEBHOOK, wholeToken),
  matching(AUTHORISATION, credentials),
  findPrivateKeys,
  findSecretAssignments,
]

export const findSecrets: Recogniser = (text, onRange) => {
  for (const recognise of recognisers) recognise(text, onRange)
}
