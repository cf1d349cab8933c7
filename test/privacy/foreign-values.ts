import { card } from './entity-values.ts'
import type { Random } from './random.ts'

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGITS = '0123456789'
const HEX = `${DIGITS}abcdef`
const BASE_36 = LOWER + DIGITS
const BASE_62 = LOWER + UPPER + DIGITS
const URL_SAFE = `${BASE_62}-_`

/** A value and a text around it. */
export interface Labelled {
  readonly text: string
  readonly value: string
}

const KEY_NAMES = ['token', 'secret', 'api_key', 'access_key', 'auth_token', 'client_secret', 'private_key']

function toCamelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function key(random: Random): string {
  return random.pick([
    () => random.characters(HEX, 32),
    () => random.characters(BASE_62, 20),
    () => random.characters(BASE_36, 24),
    () => random.characters(URL_SAFE, 40),
    () => `${random.characters(`${BASE_62}+/`, 42)}==`,
  ])()
}

/** `x_token` in the given names' spellings: snake, camel, upper. */
type Assign = (names: { snake: string; camel: string; upper: string }, value: string) => string

const ASSIGNMENTS: Readonly<Record<string, readonly Assign[]>> = {
  Go: [
    ({ camel }, v) => `var x${camel} string = "${v}"`,
    ({ camel }, v) => `${camel} := "${v}"`,
    ({ camel }, v) => `${camel} = \`${v}\``,
    ({ snake }, v) => `map[string]string{"${snake}": "${v}"}`,
    ({ upper }, v) => `os.Setenv("${upper}", "${v}")`,
  ],
  PHP: [
    ({ snake }, v) => `$${snake} .= "${v}";`,
    ({ upper }, v) => `define('${upper}', '${v}');`,
    ({ snake }, v) => `'${snake}' => '${v}',`,
  ],
  Python: [
    ({ upper }, v) => `${upper} = '${v}'`,
    ({ snake }, v) => `${snake}: str = "${v}"`,
    ({ snake }, v) => `{'${snake}': '${v}'}`,
    ({ upper }, v) => `os.environ["${upper}"] = "${v}"`,
    ({ snake }, v) => `connect(${snake}=b"${v}")`,
  ],
  JavaScript: [
    ({ camel }, v) => `const ${camel} = '${v}'`,
    ({ camel }, v) => `const ${camel}: string = "${v}"`,
    ({ upper }, v) => `const x = process.env.${upper} || "${v}"`,
    ({ snake }, v) => `headers.set("X-${snake.replaceAll('_', '-')}", "${v}")`,
  ],
  'C# and Java': [
    ({ camel }, v) => `string ${camel} = @"${v}";`,
    ({ camel }, v) => `public string ${camel} { get; set; } = "${v}";`,
    ({ camel }, v) => `private static final String ${camel} = "${v}";`,
    ({ snake }, v) => `${snake.replaceAll('_', '.')}=${v}`,
  ],
  'Rust and C': [({ snake }, v) => `let ${snake}: &str = "${v}";`, ({ snake }, v) => `char ${snake}[] = "${v}";`],
  'shell and env': [
    ({ upper }, v) => `${upper}=${v}`,
    ({ upper }, v) => `export ${upper}="${v}"`,
    ({ upper }, v) => `ENV ${upper} ${v}`,
    ({ upper }, v) => `${upper} ?= ${v}`,
    ({ snake }, v) => `run --${snake.replaceAll('_', '-')} ${v}`,
    ({ upper }, v) => `$env:${upper} = "${v}"`,
  ],
  'YAML, TOML, HCL and JSON': [
    ({ snake }, v) => `${snake}: ${v}`,
    ({ snake }, v) => `${snake} = "${v}"`,
    ({ upper }, v) => `- name: ${upper}\n  value: ${v}`,
    ({ snake }, v) => `variable "${snake}" {\n  type = string\n  default = "${v}"\n}`,
    ({ snake }, v) => `{"${snake}": "${v}"}`,
    ({ upper }, v) => `{"name":"${upper}","value":"${v}"}`,
    ({ snake }, v) => JSON.stringify(JSON.stringify({ [snake]: v })),
  ],
  XML: [
    ({ snake }, v) => `<name>${snake}</name>\n  <value>${v}</value>`,
    ({ snake }, v) => `<${snake}>${v}</${snake}>`,
    ({ camel }, v) => `<add key="${camel}" value="${v}" />`,
    ({ camel }, v) => `<key>${camel}</key>\n\t<string>${v}</string>`,
  ],
}

export const ASSIGNMENT_KINDS = Object.keys(ASSIGNMENTS)

export function assignment(random: Random, kind: string): Labelled {
  const snake = `${random.pick(['x', 'acme', 'prod', 'my'])}_${random.pick(KEY_NAMES)}`
  const value = key(random)
  const write = random.pick(ASSIGNMENTS[kind]!)
  return { value, text: write({ snake, camel: toCamelCase(snake), upper: snake.toUpperCase() }, value) }
}

const uuid = (r: Random): string => [8, 4, 4, 4, 12].map((length) => r.characters(HEX, length)).join('-')

/** Bare tokens by their issuer, in the lengths that the public rule sets give. */
export const PREFIXED_TOKENS: Readonly<Record<string, (random: Random) => string>> = {
  '1Password': (r) =>
    `A3-${[6, 6, 5, 5, 5, 5].map((length) => r.characters(UPPER + DIGITS, length)).join('-')}`,
  Adobe: (r) => `p8e-${r.characters(BASE_36, 32)}`,
  Age: (r) => `AGE-SECRET-KEY-1${r.characters('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`,
  Alibaba: (r) => `LTAI${r.characters(BASE_62, 20)}`,
  Anthropic: (r) => `sk-ant-api03-${r.characters(URL_SAFE, 93)}AA`,
  Artifactory: (r) => r.pick([`AKCp${r.characters(BASE_62, 69)}`, `cmVmd${r.characters(BASE_62, 59)}`]),
  Atlassian: (r) => `ATATT3${r.characters(URL_SAFE, 186)}`,
  Authress: (r) => `sc_${r.characters(BASE_36, 12)}.${r.characters(BASE_36, 5)}.acc_${r.characters(BASE_36, 16)}.${r.characters(URL_SAFE, 60)}`,
  AWS: (r) => r.pick(['AKIA', 'ASIA', 'ABIA', 'ACCA', 'A3TX']) + r.characters(`${UPPER}234567`, 16),
  Azure: (r) => `${r.characters(BASE_62, 3)}8Q~${r.characters(URL_SAFE, 34)}`,
  ClickHouse: (r) => `4b1d${r.characters(BASE_62, 38)}`,
  Clojars: (r) => `CLOJARS_${r.characters(BASE_36, 60)}`,
  Cloudflare: (r) => `v1.0-${r.characters(HEX, 24)}-${r.characters(HEX, 146)}`,
  Databricks: (r) => `dapi${r.characters(HEX, 32)}`,
  DigitalOcean: (r) => `do${r.pick(['p', 'o', 'r'])}_v1_${r.characters(HEX, 64)}`,
  Discord: (r) => `M${r.characters(BASE_62, 23)}.${r.characters(BASE_62, 6)}.${r.characters(URL_SAFE, 27)}`,
  Doppler: (r) => `dp.pt.${r.characters(BASE_36, 43)}`,
  Duffel: (r) => `duffel_live_${r.characters(URL_SAFE, 43)}`,
  Dynatrace: (r) => `dt0c01.${r.characters(BASE_36, 24)}.${r.characters(BASE_36, 64)}`,
  EasyPost: (r) => `EZAK${r.characters(BASE_62, 54)}`,
  Facebook: (r) => r.pick([`EAAC${r.characters(BASE_62, 110)}`, `${r.digits(15)}|${r.characters(URL_SAFE, 27)}`]),
  Flutterwave: (r) => `FLWSECK_TEST-${r.characters(HEX, 12)}`,
  'Fly.io': (r) => `fo1_${r.characters(URL_SAFE, 43)}`,
  'Frame.io': (r) => `fio-u-${r.characters(URL_SAFE, 64)}`,
  GitHub: (r) => r.pick(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_']) + r.characters(BASE_62, 36),
  GitLab: (r) => r.pick(['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'GR1348941']) + r.characters(BASE_62, 20),
  Google: (r) => `AIza${r.characters(URL_SAFE, 35)}`,
  Grafana: (r) => `glsa_${r.characters(BASE_62, 32)}_${r.characters(HEX, 8)}`,
  Groq: (r) => `gsk_${r.characters(BASE_62, 52)}`,
  Harness: (r) => `pat.${r.characters(BASE_62, 22)}.${r.characters(HEX, 24)}.${r.characters(BASE_62, 20)}`,
  HashiCorp: (r) => `${r.characters(BASE_62, 14)}.atlasv1.${r.characters(URL_SAFE, 66)}`,
  Heroku: (r) => `HRKU-AA${r.characters(URL_SAFE, 58)}`,
  HubSpot: (r) => `pat-na1-${uuid(r)}`,
  'Hugging Face': (r) => `hf_${r.characters(BASE_62, 34)}`,
  Infracost: (r) => `ico-${r.characters(BASE_62, 32)}`,
  Linear: (r) => `lin_api_${r.characters(BASE_62, 40)}`,
  Mailgun: (r) => r.pick([`key-${r.characters(HEX, 32)}`, `${r.characters(HEX, 32)}-${r.characters(HEX, 8)}-${r.characters(HEX, 8)}`]),
  Mailchimp: (r) => `${r.characters(HEX, 32)}-us12`,
  Mapbox: (r) => `sk.eyJ1${r.characters(BASE_62, 56)}.${r.characters(BASE_62, 22)}`,
  MaxMind: (r) => `${r.characters(BASE_62, 6)}_${r.characters(BASE_62, 29)}_mmk`,
  'New Relic': (r) => `NRAK-${r.characters(UPPER + DIGITS, 27)}`,
  Notion: (r) => `ntn_${r.digits(11)}${r.characters(BASE_62, 35)}`,
  npm: (r) => `npm_${r.characters(BASE_62, 36)}`,
  Octopus: (r) => `API-${r.characters(UPPER + DIGITS, 26)}`,
  Okta: (r) => `00a${r.characters(URL_SAFE, 38)}Z`,
  OpenAI: (r) => `sk-proj-${r.characters(URL_SAFE, 58)}T3BlbkFJ${r.characters(URL_SAFE, 58)}`,
  OpenShift: (r) => `sha256~${r.characters(URL_SAFE, 43)}`,
  Perplexity: (r) => `pplx-${r.characters(BASE_62, 48)}`,
  Plaid: (r) => `access-sandbox-${uuid(r)}`,
  PlanetScale: (r) => `pscale_tkn_${r.characters(URL_SAFE, 43)}`,
  Postman: (r) => `PMAK-${r.characters(HEX, 24)}-${r.characters(HEX, 34)}`,
  Prefect: (r) => `pnu_${r.characters(BASE_62, 36)}`,
  Pulumi: (r) => `pul-${r.characters(HEX, 40)}`,
  PyPI: (r) => `pypi-AgEIcHlwaS5vcmc${r.characters(URL_SAFE, 80)}`,
  Readme: (r) => `rdme_${r.characters(BASE_36, 70)}`,
  RubyGems: (r) => `rubygems_${r.characters(HEX, 48)}`,
  Scalingo: (r) => `tk-us-${r.characters(URL_SAFE, 48)}`,
  SendGrid: (r) => `SG.${r.characters(URL_SAFE, 22)}.${r.characters(URL_SAFE, 43)}`,
  Sendinblue: (r) => `xkeysib-${r.characters(HEX, 64)}-${r.characters(BASE_62, 16)}`,
  Sentry: (r) => `sntryu_${r.characters(HEX, 64)}`,
  Shippo: (r) => `shippo_live_${r.characters(HEX, 40)}`,
  Shopify: (r) => r.pick(['shpat_', 'shpca_', 'shppa_', 'shpss_']) + r.characters(HEX, 32),
  Slack: (r) => `xoxb-${r.digits(12)}-${r.digits(12)}-${r.characters(BASE_62, 24)}`,
  Sourcegraph: (r) => `sgp_${r.characters(HEX, 40)}`,
  Square: (r) => `sq0atp-${r.characters(URL_SAFE, 22)}`,
  Stripe: (r) => r.pick(['sk_live_', 'sk_test_', 'rk_live_']) + r.characters(BASE_62, 24),
  Telegram: (r) => `${r.digits(9)}:A${r.characters(URL_SAFE, 34)}`,
  Twilio: (r) => `SK${r.characters(HEX, 32)}`,
  Typeform: (r) => `tfp_${r.characters(URL_SAFE, 59)}`,
  Vault: (r) => r.pick([`hvs.${r.characters(URL_SAFE, 95)}`, `s.${r.characters(BASE_62, 23)}7`]),
  Yandex: (r) => `AQVN${r.characters(URL_SAFE, 36)}`,
} // prettier-ignore

/** Cards as people and forms write them. */
export function foreignCard(random: Random): Labelled {
  const digits = card(random).replace(/\D/g, '')
  const grouped = digits.length === 16 ? digits.match(/.{4}/g)! : [digits]
  const value = grouped.join(random.pick([' ', '-', '', '.', '\u2013', '\u00a0', '  ']))
  const text = random.pick([
    `Card number: ${value}`,
    `cc ${value} exp 12/27 cvv 123`,
    `Visa ending soon, ${value}.`,
    `"card":"${value}"`,
    `pay with ${value}/12/27`,
    `cc${digits}`,
    `${value} was declined`,
    `<card>${value}</card>`,
  ])
  return { text, value: text.includes(value) ? value : digits }
}

/** Local telephone numbers: behind a word for them, or in a form that nothing else has. */
export function foreignPhone(random: Random): Labelled {
  const d = random.digits
  const plain = random.pick([
    () => `${d(3)}-${d(4)}`,
    () => `${random.integer(2, 9)}${d(2)} ${d(4)}`,
    () => `${random.integer(2, 9)}${d(3)} ${d(4)}`,
    () => `${random.integer(2, 9)}${d(1)} ${d(2)} ${d(2)} ${d(2)}`,
    () => `${random.integer(2, 9)}${d(2)} ${d(3)} ${d(3)}`,
    () => `${random.integer(2, 9)}${d(2)} ${d(3)} ${d(4)}`,
    () => `${random.integer(6, 9)}${d(4)} ${d(5)}`,
    () => `${random.integer(2, 9)}${d(9)}`,
    () => `${random.integer(2, 9)}${d(2)} ${d(2)} ${d(2)}`,
    () => `${random.integer(2, 9)}${d(5)}`,
    () => `${random.integer(2, 9)}${d(2)}-${d(3)}`,
  ])()
  const clear = random.pick([
    () => `555-${d(4)}`,
    () => `8 (9${d(2)}) ${d(3)}-${d(2)}-${d(2)}`,
    () => `8-9${d(2)}-${d(3)}-${d(2)}-${d(2)}`,
    () => `1300 ${d(3)} ${d(3)}`,
    () => `1-800-${random.characters(UPPER, 7)}`,
    () => `0${random.integer(2, 9)}${d(2)}/${d(6)}`,
    () => `04${d(2)} ${d(3)} ${d(3)}`,
    () => `0${random.integer(1, 9)} ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
    () => `(0${d(3)}) ${d(3)} ${d(4)}`,
    () => `${random.integer(2, 9)}${d(2)}\u2013${d(3)}\u2013${d(4)}`,
  ])()
  return random.pick([
    { value: plain, text: `Tel: ${plain}` },
    { value: plain, text: `phone:${plain}` },
    { value: plain, text: `{"mobile":"${plain}"}` },
    { value: plain, text: `Ph. ${plain}, ask for the manager` },
    { value: plain, text: `Telefon ${plain}` },
    { value: plain, text: `Fax = ${plain}` },
    { value: clear, text: `You can reach the desk under ${clear} until six.` },
    { value: clear, text: clear },
    { value: clear, text: `Anna, ${clear}, Berlin` },
  ])
}

/** Dates behind words that begin like, or look like, a label of a date of birth. */
export const FALSE_BIRTH_DATES: readonly ((random: Random) => string)[] = [
  (r) => `NATO summit on ${r.integer(1, 28)} July 2024`,
  (r) => `the negotiations (négociées le ${r.integer(10, 28)}/03/2024) went on`,
  (r) => `Bornholm, ${r.integer(1, 28)}.05.2024`,
  (r) => `Natalie, ${r.integer(1, 28)}/03/2020: please call back`,
  (r) => `dobrze, ${r.integer(1, 28)}.12.2023`,
  (r) => `birthday party on ${r.integer(1, 28)} May 2024`,
  (r) => `a cloud-born service, release 1.${r.integer(0, 9)}.3`,
  (r) => `d.o.b. 1.${r.integer(20, 90)}.300`,
  (r) => `The stubborn bug of 2024-0${r.integer(1, 9)}-03`,
  (r) => `newborn screening since 12/0${r.integer(1, 9)}/2019`,
]

export const TRUE_BIRTH_DATES: readonly ((date: string) => string)[] = [
  (date) => `date of birth: ${date}`,
  (date) => `DOB ${date}`,
  (date) => `{"birthDate": "${date}"}`,
  (date) => `She was born on ${date} in Lyon`,
  (date) => `geboren am ${date}`,
  (date) => `née le ${date}`,
  (date) => `nato a Roma il ${date}`,
  (date) => `fecha de nacimiento ${date}`,
]

/** Ways of writing a text that its readers read as the same. */
export const DISGUISES: Readonly<Record<string, (text: string, random: Random) => string>> = {
  'doubly percent-encoded': (text) => encodeURIComponent(encodeURIComponent(text)),
  'soft hyphens': (text, random) => insert(text, random, '\u00ad'),
  'zero-width characters': (text, random) => insert(text, random, random.pick(['\u200b', '\u200c', '\u2060', '\ufeff'])),
  'bytes in hexadecimal': (text) => text.replace(/[@.]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`),
  'named entities': (text) => text.replaceAll('@', '&commat;').replaceAll('.', '&period;').replaceAll('-', '&hyphen;'),
  'numeric entities': (text) => text.replace(/[@.-]/g, (sign) => `&#${sign.charCodeAt(0)};`),
  'escapes of JavaScript': (text) => text.replace(/[@.-]/g, (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text.replaceAll('@', '\\u0040'))),
  'controls': (text, random) => insert(text, random, random.pick(['\u0000', '\u202e', '\u009b'])),
} // prettier-ignore

function insert(text: string, random: Random, character: string): string {
  const at = random.integer(1, text.length - 2)
  return text.slice(0, at) + character + text.slice(at)
}
