import { describe, expect, it } from 'vitest'
import { ENTITIES } from '../../src/privacy/entities.ts'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { iban, ibanCountries } from './entity-values.ts'
import { HARMLESS, surround, VALUES } from './labelled-texts.ts'
import { createRandom } from './random.ts'
import { toOptions } from './sanitiser-options.ts'

const { redactText } = createSanitiser(toOptions({ redactPii: true }))

const REDACTED: Readonly<Record<string, readonly (readonly [text: string, expected: string])[]>> = {
  EMAIL: [
    ["Write to alice@example.com or o'brien@mail.example.co.uk.", 'Write to [EMAIL] or [EMAIL].'],
    ['<ALICE+news@Example.ORG>;mailto:b@x.io', '<[EMAIL]>;mailto:[EMAIL]'],
    ['/search?email=alice%40example.com&page=2', '/search?email=[EMAIL]&page=2'],
    [String.raw`{"to":"alice\u0040example.com"}`, '{"to":"[EMAIL]"}'],
    ['我的邮箱是alice@example.com请联系', '我的邮箱是[EMAIL]请联系'],
    ['пишите на иван@пример.рф', 'пишите на [EMAIL]'],
  ],
  PHONE: [
    ['Call +1 (415) 555-0123 ext. 22 or 001-765-381-0543x6459', 'Call [PHONE] or [PHONE]'],
    ['(078)987-5432, 555.123.4567, 415 555-0123', '[PHONE], [PHONE], [PHONE]'],
    ['Meine Handynummer ist 015123456789.', 'Meine Handynummer ist [PHONE].'],
    ['{"phone":"5551234567","order":"5551234567"}', '{"phone":"[PHONE]","order":"5551234567"}'],
    ['06 12 34 56 78 et 030/1234567', '[PHONE] et [PHONE]'],
    ['我的手机号是13812345678', '我的手机号是[PHONE]'],
    ['call +1-541-754-3010, 1-800-800-8000 or 052-5552606', 'call [PHONE], [PHONE] or [PHONE]'],
    ['tel=%2B44%2020%207946%200958', 'tel=[PHONE]'],
    ['just text me at 5551234567 tonight', 'just text me at [PHONE] tonight'],
  ],
  CREDIT_CARD: [
    ['card 4111 1111 1111 1111, 4111-1111-1111-1111', 'card [CREDIT_CARD], [CREDIT_CARD]'],
    ['378282246310005 and 3782 822463 10005', '[CREDIT_CARD] and [CREDIT_CARD]'],
    ['5019717010103742, 6759649826438453 and 6331101999990016', '[CREDIT_CARD], [CREDIT_CARD] and [CREDIT_CARD]'],
    ['30569309025904 6011000990139424 3530111333300000', '[CREDIT_CARD] [CREDIT_CARD] [CREDIT_CARD]'],
    [String.raw`{"note":"paid\n4111111111111111"}`, String.raw`{"note":"paid\n[CREDIT_CARD]"}`],
  ],
  IBAN: [
    ['DE89370400440532013000 or GB82 WEST 1234 5698 7654 32', '[IBAN] or [IBAN]'],
    ['iban=nl91abna0417164300', 'iban=[IBAN]'],
    ['IBAN: DE00 1234 5678 9012 3456 78', 'IBAN: [IBAN]'],
  ],
  SSN: [
    ['123-45-6789', '[SSN]'],
    ['SSN 123456789, social security number is 123 45 6789', 'SSN [SSN], social security number is [SSN]'],
  ],
  IP: [
    ['from 192.168.1.10:443 via 10.0.0.0/8', 'from [IP]:443 via [IP]/8'],
    ['http://8.8.8.8/dns [2001:db8::1]:53 fe80::1%eth0', 'http://[IP]/dns [[IP]]:53 [IP]%eth0'],
    ['::ffff:203.0.113.9', '[IP]'],
  ],
  MAC: [['00:1A:2B:3C:4D:5E 00-1a-2b-3c-4d-5e 001a.2b3c.4d5e', '[MAC] [MAC] [MAC]']],
  SECRET: [
    ['key sk-proj-Ab12Cd34Ef56 and AKIAQ3EGRZ7TXW2LMN4P.', 'key [SECRET] and [SECRET].'],
    ['Authorization: Bearer abcdefgh and Basic dXNlcjpwYXNz', 'Authorization: Bearer [SECRET] and Basic [SECRET]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\nend', '[SECRET]\nend'],
    ['see -----BEGIN PRIVATE KEY-----\nMIIEow\nAAAA', 'see [SECRET]'],
    ['password=hunter2&user=bob', 'password=[SECRET]&user=bob'],
    ['{"db_password": "correct", "apiKey":"abc123def456"}', '{"db_password": "[SECRET]", "apiKey":"[SECRET]"}'],
    ['pwd=(y9Dy2Fp% and --password hunter2', 'pwd=[SECRET] and --password [SECRET]'],
    ['Server=x;Password=abc123;Database=y', 'Server=x;Password=[SECRET];Database=y'],
    ['mein Passwort lautet Geheim123, danke', 'mein Passwort lautet [SECRET], danke'],
    [String.raw`"{\"password\":\"hunter2\"}"`, String.raw`"{\"password\":\"[SECRET]\"}"`],
  ],
  URL_CREDENTIALS: [
    ['postgres://bob:p@ss:1@db.example.com:5432/app', 'postgres://[URL_CREDENTIALS]@db.example.com:5432/app'],
    ['redis://:pass@cache', 'redis://[URL_CREDENTIALS]@cache'],
  ],
  NATIONAL_ID: [
    ['12345678Z, X1234567L, RSSMRA85T10A562S', '[NATIONAL_ID], [NATIONAL_ID], [NATIONAL_ID]'],
    ['131052-308T AB 12 34 56 C 529.982.247-25', '[NATIONAL_ID] [NATIONAL_ID] [NATIONAL_ID]'],
    ['2 55 08 14 168 025 38', '[NATIONAL_ID]'],
  ],
  DATE_OF_BIRTH: [
    ['born on 12 January 1984, dob: 1984-02-03', 'born on [DATE_OF_BIRTH], dob: [DATE_OF_BIRTH]'],
    [
      '{"date_of_birth":"02/03/1984"} Geburtsdatum: 3.2.1984',
      '{"date_of_birth":"[DATE_OF_BIRTH]"} Geburtsdatum: [DATE_OF_BIRTH]',
    ],
    ['生年月日：1984年2月3日', '生年月日：[DATE_OF_BIRTH]'],
  ],
}

const UNTOUCHED = [
  'git clone git@github.com:acme/widgets.git; lodash@4.17.21; logo@2x.png; @app.route',
  '123e4567-e89b-12d3-a456-426614174000 at 2024-01-15T10:30:00+00:00, 1705312200 and 1705312200123',
  'v1.2.3.4, version 10.0.0.1, Chrome/120.0.0.0, 127.0.0.1, 0.0.0.0, std::dec, 12:30:45',
  '0.4111111111111111 and 4111111111111112 and EAN 4006381333931',
  '250 300 1000, 1,234.56, 20240115T103000Z, d670460b4b4aece5915caf5c68d12f560a9fe3e4',
  'order 555-123-4567, SKU 0123-4567-89, ISBN 978-3-16-148410-0',
  'password: string; password = getPassword(); token: null; max_tokens: 100; api_key=os.environ["X"]',
  'password=${PASSWORD} password: ****** {{password}} password=%s "password": "required"',
  'sk-learn-based-model, hf_transformer_model_config_loader, npm_package_dependencies_typescript, basic understanding',
  'we call it 1250000 times, and call this function 10000000000 times; API calls: 1250000042',
  'basic understanding of Basic JavaScript and HTTP/1.1, 1.5 cents per token gpt-4o-mini',
  'Prints: <Buffer 01 02 03 04 05 06 07 08>, arn:aws:bedrock:us-east-1:002057098727:x',
  'const credentials: ChannelCredentials = x; cwd: /home/me, PWD=/home/me; secret = process.env.SECRET',
  '000-12-3456 666-12-3456 12345678A 12345678901',
  'the meeting on 12 January 2024 and the release of 2024-02-03',
  '[EMAIL] [PHONE] 5551234567 [DATE_OF_BIRTH] 2024-01-15',
]

describe('recognisers', () => {
  it('have worked examples for every entity', () => {
    expect(Object.keys(REDACTED).toSorted()).toEqual(ENTITIES.toSorted())
  })

  for (const [entity, cases] of Object.entries(REDACTED)) {
    it.each(cases)(`replace ${entity} in %j`, (text, expected) => {
      expect(redactText(text)).toBe(expected)
      expect(redactText(expected)).toBe(expected)
    })
  }

  it.each(UNTOUCHED)('leave %j alone', (text) => {
    expect(redactText(text)).toBe(text)
  })

  it.each(ibanCountries())('find the IBAN of %s, with and without blanks', (country) => {
    const random = createRandom(17)
    for (let count = 0; count < 20; count++) expect(redactText(`to ${iban(random, country)}.`)).toBe('to [IBAN].')
  })

  it.each(Object.keys(VALUES))('find %s in prose, JSON, code and URLs of several languages', (entity) => {
    const random = createRandom(2024)
    const missed: string[] = []
    for (let count = 0; count < 1_000; count++) {
      const text = surround(random, VALUES[entity]!(random))
      if (!redactText(text).includes(`[${entity}]`)) missed.push(text)
    }
    expect(missed).toEqual([])
  })

  it('change at most one in a hundred harmless texts', () => {
    const random = createRandom(99)
    const texts = Array.from({ length: 2_800 }, (_, index) => HARMLESS[index % HARMLESS.length]!(random))
    const changed = texts.filter((text) => redactText(text) !== text)
    expect(changed.length).toBeLessThanOrEqual(28)
  })

  it('change nothing in their own result', () => {
    const random = createRandom(5)
    for (let count = 0; count < 2_000; count++) {
      const values = Array.from({ length: 3 }, () => VALUES[random.pick(Object.keys(VALUES))]!(random))
      const once = redactText(values.join(random.pick([' ', ', ', ';', ' phone '])))
      expect(redactText(once)).toBe(once)
    }
  })
})
