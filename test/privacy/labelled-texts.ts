import type { Random } from './random.ts'
import { card, email, iban, ipAddress, phone, secret, socialSecurityNumber } from './entity-values.ts'

export const VALUES: Readonly<Record<string, (random: Random) => string>> = {
  EMAIL: email,
  PHONE: phone,
  CREDIT_CARD: card,
  IBAN: iban,
  SSN: socialSecurityNumber,
  IP: ipAddress,
  SECRET: secret,
}

const SURROUNDINGS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `Please use ${value} from now on.`,
  (value) => `My details: ${value}, thanks!`,
  (value) => `Bitte schreiben Sie an (${value}); danke.`,
  (value) => `Mi dato es ${value}.`,
  (value) => `Merci d’utiliser « ${value} » désormais.`,
  (value) => `请使用${value}，谢谢。`,
  (value) => `連絡先は「${value}」です`,
  (value) => `Пишите: ${value} — спасибо.`,
  (value) => JSON.stringify({ customer: { note: value, count: 3 } }),
  (value) => JSON.stringify(JSON.stringify({ text: value })),
  (value) => `const value = '${value.replace(/\n/g, '\\n')}' // set by hand`,
  (value) => `print("${value}")`,
  (value) => `https://shop.example/search?q=${value.replace(/ /g, '%20').replace(/\n/g, '%0A')}&page=2`,
  (value) => `| field | value |\n|---|---|\n| x | ${value} |`,
  (value) => `<td>${value}</td>`,
  (value) => `2024-01-15T10:30:00Z WARN request failed value=${value} retry=1`,
]

/** One text around one value, prose and code of several languages. */
export function surround(random: Random, value: string): string {
  return random.pick(SURROUNDINGS)(value)
}

/** Texts without any personal data whose numbers and tokens look like some. */
export const HARMLESS: readonly ((random: Random) => string)[] = [
  (r) => `Trace ${uuid(r)} finished in ${r.digits(3)} ms`,
  (r) =>
    `{"id":"chatcmpl-${r.characters('abcdefABCDEF0123456789', 28)}","object":"chat.completion","created":${1_700_000_000 + r.integer(0, 9_999_999)}}`,
  (r) =>
    `at 2024-${two(r, 12)}-${two(r, 28)}T${two(r, 23)}:${two(r, 59)}:${two(r, 59)}.${r.digits(3)}+0${r.integer(0, 9)}:00`,
  (r) =>
    `epoch ${1_700_000_000_000 + r.integer(0, 999_999_999)} and ${1_700_000_000_000_000 + r.integer(0, 999_999_999)}`,
  (r) =>
    `The total is $${r.integer(1, 999)},${r.digits(3)}.${r.digits(2)}, down from €1.${r.digits(3)},${r.digits(2)}.`,
  (r) =>
    `upgrade to version ${r.integer(1, 20)}.${r.integer(0, 20)}.${r.integer(0, 20)}.${r.integer(0, 20)} or v2.${r.digits(1)}.1`,
  (r) => `lodash@4.17.${r.digits(2)} and "^${r.integer(1, 9)}.${r.integer(0, 9)}.0"`,
  (r) => `commit ${r.characters('0123456789abcdef', 40)} fixes ${r.characters('0123456789abcdef', 7)}`,
  (r) => `sha256:${r.characters('0123456789abcdef', 64)}`,
  (r) => `loss 0.${r.digits(16)} after ${r.digits(5)} steps, ${r.integer(1, 9)}.${r.digits(12)}e-7`,
  (r) => `[${Array.from({ length: 6 }, () => `-0.0${r.integer(1, 9)}${r.digits(14)}`).join(', ')}]`,
  (r) => `SKU ${r.characters('ABCDEFGH', 2)}-${r.digits(4)}-${r.digits(3)}, EAN 4${r.digits(12)}`,
  (r) => `sizes ${r.integer(1, 9)}50 300 1000 and ${r.digits(2)} x ${r.digits(2)} mm`,
  (r) => `Order ${r.digits(10)} shipped, tracking number ${r.digits(12)}`,
  (r) => `ISBN 978-3-16-${r.digits(6)}-${r.digits(1)}, ISSN ${r.digits(4)}-${r.digits(4)}`,
  (r) => `{"max_tokens":${r.digits(4)},"total_tokens":${r.integer(1, 9)}${r.digits(4)},"temperature":0.${r.digits(1)}}`,
  (r) => `const token = request.headers.token ?? getToken(${r.digits(2)})`,
  (r) => `password: string; // at least ${r.digits(2)} characters`,
  (r) => `api_key=os.environ["OPENAI_API_KEY"] # chapter ${r.integer(1, 9)}.${r.integer(1, 9)}.${r.integer(1, 9)}`,
  (r) => `User-Agent: Mozilla/5.0 AppleWebKit/537.36 Chrome/${r.integer(90, 130)}.0.0.0 Safari/537.36`,
  (r) => `git clone git@github.com:acme/widgets-${r.digits(2)}.git && docker run -p 127.0.0.1:80${r.digits(2)}:80 x`,
  (r) => `The meeting is on ${two(r, 12)}/${two(r, 28)}/2024 at ${two(r, 23)}:${two(r, 59)}, room ${r.digits(3)}.`,
  (r) => `Between 19${r.digits(2)} and 2023 the population grew from ${r.digits(6)} to 1${r.digits(7)}.`,
  (r) => `def add(a, b):\n    return a + b  # ${r.digits(3)} calls per second`,
  (r) => `Mein Zug fährt um ${two(r, 23)}:${two(r, 59)} Uhr von Gleis ${r.integer(1, 20)} ab.`,
  (r) => `@app.route("/v1/items/<int:id>") returns ${r.integer(200, 504)}; std::vector<int> v(${r.digits(2)});`,
  (r) => `arn:aws:bedrock:us-east-1:${r.digits(12)}:inference-profile/us.model-v1:0`,
  (r) => `data:image/png;base64,iVBORw0KGgo${r.characters('ABCDEFabcdef0123456789+/', 80)}==`,
]

function uuid(random: Random): string {
  return random.characters('0123456789abcdef', 32).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

function two(random: Random, max: number): string {
  return String(random.integer(1, max)).padStart(2, '0')
}
