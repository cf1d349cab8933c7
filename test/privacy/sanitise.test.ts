import { describe, expect, it } from 'vitest'
import { EMPTY_COMPLETION, EMPTY_PROMPT, type PromptMessage } from '../../src/core/records/conversation.ts'
import { ConfigurationError } from '../../src/core/errors.ts'
import { FIELD_KINDS } from '../../src/core/records/event-fields.ts'
import { readTraceFlags, withTraceFlags } from '../../src/core/records/event.ts'
import { toCompletionSample, toPromptSample } from '../../src/privacy/samples.ts'
import { createSanitiser, type SanitiserOptions } from '../../src/privacy/sanitise.ts'
import { MAX_TAGS } from '../../src/privacy/sanitised-event.ts'
import { NOBODY, toOptions } from './sanitiser-options.ts'
import { toEvent } from './usage-event.ts'

const KEY = '0123456789abcdef0123456789abcdef'

function toMessage(text: string): PromptMessage {
  return { role: 'user', name: null, text, media: [], toolCalls: [] }
}

function broken(): never {
  throw new Error('broken')
}

function issueOf(options: Partial<SanitiserOptions>): string {
  try {
    createSanitiser(toOptions(options))
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return 'accepted'
}

describe('sanitise with everything off', () => {
  const { sanitise } = createSanitiser(toOptions())

  it('gives an equal copy with the trace flags', () => {
    const event = withTraceFlags(toEvent(), 1)
    const sanitised = sanitise(event, NOBODY)
    expect(sanitised).toEqual(event)
    expect(readTraceFlags(sanitised)).toBe(1)
    expect(sanitised).not.toBe(event)
    expect(sanitised.metadata).not.toBe(event.metadata)
    expect(sanitised.tags).not.toBe(event.tags)
  })

  it('strips query string and fragment from the endpoint', () => {
    expect(sanitise(toEvent({ endpoint: '/v1/chat?api_key=sk-1#x' }), NOBODY).endpoint).toBe('/v1/chat')
    expect(sanitise(toEvent({ endpoint: '/v1/chat#x?y' }), NOBODY).endpoint).toBe('/v1/chat')
  })

  it('leaves no control in any text, whatever a sink does with it', () => {
    const controls = '\u0000\u001b[31m\u007f\u0085\u009b\u061c\u200e\u2028\u202e\u2066\ufffe\uffff'
    const text = `a${controls}b\tc\r\nd`
    const sanitised = sanitise(
      toEvent({
        model: text,
        user_id: text,
        request_id: text,
        endpoint: `/${text}`,
        error_code: text,
        error_message: text,
        prompt_sample: text,
        completion_sample: text,
        tags: [text],
        metadata: { [text]: text, list: [text] },
      }),
      NOBODY,
    )
    const wanted = 'a[31m\n\nb\tc\nd'
    expect(sanitised).toMatchObject({
      model: wanted,
      user_id: wanted,
      error_message: wanted,
      prompt_sample: wanted,
      tags: [wanted],
      metadata: { [wanted]: wanted, list: [wanted] },
    })
    expect(Object.values(sanitised).filter((value) => /(?![\n\t])[\p{Cc}\u2028-\u202e]/u.test(String(value)))).toEqual(
      [],
    )
  })

  it('caps what clients can make long', () => {
    const long = '😀'.repeat(100_000)
    const sanitised = sanitise(
      toEvent({
        model: long,
        user_id: long,
        error_message: `x${long}`,
        prompt_sample: long,
        endpoint: `/${'x'.repeat(100_000)}`,
        tags: Array.from({ length: 100_000 }, () => long),
      }),
      NOBODY,
    )
    expect(sanitised.model).toHaveLength(FIELD_KINDS.identifier.maxLength)
    expect(sanitised.user_id).toHaveLength(FIELD_KINDS.identifier.maxLength)
    expect(sanitised.error_message).toHaveLength(FIELD_KINDS.message.maxLength - 1)
    expect(sanitised.prompt_sample).toHaveLength(FIELD_KINDS.sample.maxLength)
    expect(sanitised.endpoint).toHaveLength(FIELD_KINDS.path.maxLength)
    expect(sanitised.tags).toHaveLength(MAX_TAGS)
    expect(sanitised.tags[0]).toHaveLength(FIELD_KINDS.tags.maxLength)
  })

  it('takes what is no string for unknown', () => {
    const event = toEvent({ model: 7 as never, tags: [1, 'a', null] as never, metadata: null as never })
    const sanitised = sanitise(event, NOBODY)
    expect([sanitised.model, sanitised.tags, sanitised.metadata]).toEqual([null, ['a'], {}])
  })

  it('cuts samples at the length that is wanted', () => {
    const { sanitise: short } = createSanitiser(toOptions({ sampleLength: 7 }))
    const event = toEvent({ prompt_sample: 'user: Hello', completion_sample: 'Fine' })
    expect(short(event, NOBODY)).toMatchObject({ prompt_sample: 'user: H', completion_sample: 'Fine' })
  })

  it('takes numbers that nothing can have counted for unknown, and says so without quoting an event', () => {
    const faults: string[] = []
    const sanitiser = createSanitiser(toOptions({ onFault: (name, problem) => faults.push(`${name}: ${problem}`) }))
    const sanitised = sanitiser.sanitise(
      toEvent({
        provider_cost: 1e308,
        total_cost: Number.NaN,
        prompt_tokens: 2 ** 60,
        completion_tokens: -1,
        max_tokens: -1,
        cached_tokens: 10.4,
        temperature: Infinity,
        duration_ms: '7' as never,
      }),
      NOBODY,
    )
    expect(sanitised).toMatchObject({
      provider_cost: null,
      total_cost: null,
      prompt_tokens: null,
      completion_tokens: null,
      max_tokens: -1,
      cached_tokens: 10,
      temperature: null,
      duration_ms: null,
    })
    expect(faults).toHaveLength(6)
    expect(faults).toContain('event number: provider_cost is out of range: it stays unknown')
    expect(sanitiser.dropped).toBe(0)
  })

  it('leaves text alone', () => {
    expect(createSanitiser(toOptions()).redactText('alice@example.com', { ...NOBODY, userId: 'alice' })).toBe(
      'alice@example.com',
    )
  })

  it('costs no more than a few copies', () => {
    const event = toEvent()
    const copies = 50_000
    const workOf = (action: () => unknown): number => {
      const start = process.cpuUsage()
      for (let count = 0; count < copies; count++) action()
      return process.cpuUsage(start).user
    }
    const ratios = Array.from({ length: 6 }, () => {
      const copying = workOf(() => JSON.stringify(event))
      return workOf(() => sanitise(event, NOBODY)) / copying
    })
    expect(Math.min(...ratios)).toBeLessThan(2)
  })
})

describe('sanitise with REDACT_PII', () => {
  const sanitiser = createSanitiser(toOptions({ redactPii: true }))

  it('redacts every free string, on success, error and abort alike', () => {
    const pii = 'alice@example.com'
    for (const status of ['success', 'error', 'aborted'] as const) {
      const sanitised = sanitiser.sanitise(
        toEvent({
          status,
          prompt_sample: `user: ${pii}`,
          completion_sample: pii,
          error_message: `no such user ${pii}`,
          error_code: pii,
          endpoint: '/v1/users/alice%40example.com/chat?x=1',
          request_id: `req-${pii}`,
          parent_request_id: pii,
          model: 'sk-proj-Ab12Cd34Ef56',
          tags: [pii],
          metadata: { [pii]: [pii, { deep: pii }], note: `${'x'.repeat(5_000)} ${pii}` },
        }),
        NOBODY,
      )
      expect(JSON.stringify(sanitised)).not.toContain('alice')
      expect(sanitised).toMatchObject({
        prompt_sample: 'user: [EMAIL]',
        error_message: 'no such user [EMAIL]',
        endpoint: '/v1/users/[EMAIL]/chat',
        request_id: '[EMAIL]',
        model: '[SECRET]',
        tags: ['[EMAIL]'],
      })
    }
  })

  it('leaves user, session and conversation to HASH_USER_IDS, secrets excepted', () => {
    const event = toEvent({ user_id: 'alice@example.com', session_id: 'sk-proj-Ab12Cd34Ef56' })
    const { user_id, session_id } = sanitiser.sanitise(event, NOBODY)
    expect([user_id, session_id]).toEqual(['alice@example.com', '[SECRET]'])
  })

  it('leaves model names, request ids and dates alone', () => {
    const event = toEvent({
      model: 'claude-3-5-sonnet@20240620',
      request_id: '4111111111111111',
      deployment_id: 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/x',
    })
    expect(sanitiser.sanitise(event, NOBODY)).toEqual(event)
  })

  it('replaces the known identity of the request verbatim', () => {
    const known = {
      userId: 'auth0|5f7c',
      email: 'Alice@intern',
      name: 'Alice Liddell',
      ip: '10.1.2.3',
      sessionId: 'sess-9',
      conversationId: '会话七',
    }
    const sample = 'alice liddell (AUTH0|5f7c, auth0%7C5f7c) alice@intern v10.1.2.3 sess-9 sess-99 在会话七里 user-8841'
    const { prompt_sample } = sanitiser.sanitise(toEvent({ prompt_sample: sample }), known)
    expect(prompt_sample).toBe(
      '[NAME] ([USER_ID], [USER_ID]) [EMAIL] v10.1.2.3 [SESSION_ID] sess-99 在[CONVERSATION_ID]里 [USER_ID]',
    )
    expect(sanitiser.redactText('ask Alice Liddell', known)).toBe('ask [NAME]')
    expect(sanitiser.redactText('ask Alice Liddell')).toBe('ask Alice Liddell')
  })

  it('keeps the numbers of usage details and other models, and redacts the names among them', () => {
    const details = {
      tools: { web_search: 2, 'jane.roe@example.com': 1 },
      per: { video_second: 7.5 },
      image_completion: 3,
    }
    const other = {
      model: 'ft:jane.roe@example.com',
      prompt_tokens: 5_551_234_567,
      completion_tokens: null,
      cached_tokens: 0,
      cache_write_tokens: null,
      reasoning_tokens: null,
      image_tokens: null,
      usage_details: { cache_write: { '1h': 4_111_111_111_111_111 } },
      total_cost: 0.25,
      priced_by: 'json:*/jane.roe@example.com',
    }
    const { usage_details, other_models } = createSanitiser(toOptions({ redactPii: true })).sanitise(
      toEvent({ usage_details: details, other_models: [other] }),
      NOBODY,
    )
    expect(usage_details).toEqual({ ...details, tools: { web_search: 2, '[EMAIL]': 1 } })
    expect(other_models).toEqual([{ ...other, model: 'ft:[EMAIL]', priced_by: 'json:*/[EMAIL]' }])
  })

  it('bounds usage details and other models, whatever they hold', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`tool-${index}`, 1]))
    const odd = {
      tools: many,
      deep: { a: { b: { c: { d: { e: 1 } } } } },
      text: 'x'.repeat(9_000),
      list: [1],
      nan: Number.NaN,
    }
    const models = Array.from({ length: 1_000 }, () => odd)
    const event = toEvent({ usage_details: odd, other_models: models as never })
    const { usage_details, other_models } = createSanitiser(toOptions({ redactPii: true })).sanitise(event, NOBODY)
    expect(Object.keys(usage_details?.tools ?? {})).toHaveLength(64)
    expect(usage_details).toMatchObject({ list: null, nan: null })
    expect(JSON.stringify(usage_details).length).toBeLessThan(3_000)
    expect(other_models).toHaveLength(64)
    const frozen = createSanitiser(toOptions({ redactPii: true })).sanitise(
      toEvent({ usage_details: 'x' as never, other_models: 5 as never }),
      NOBODY,
    )
    expect([frozen.usage_details, frozen.other_models]).toEqual([null, []])
  })

  it('redacts what names a model, a provider or a client, with the ids of its request', () => {
    const event = toEvent({
      user_id: 'user-8841',
      session_id: 'session-5512',
      model: 'ft:gpt-4o:user-8841',
      request_model: 'llama:jane.roe@example.com',
      deployment_id: 'jane.roe%40example.com',
      client_id: 'jane.roe@example.com',
      operation: 'session-5512',
      provider: 'user-8841',
      model_version: 'sk-proj-Ab12Cd34Ef56',
      priced_by: 'file:openai/ft:gpt-4o:user-8841',
      service_tier: 'https://jane:hunter22@host/tier',
      credit_allowance: 'monthly jane.roe@example.com',
    })
    const wanted = {
      user_id: 'user-8841',
      session_id: 'session-5512',
      model: 'ft:gpt-4o:[USER_ID]',
      request_model: 'llama:[EMAIL]',
      deployment_id: '[EMAIL]',
      client_id: '[EMAIL]',
      operation: '[SESSION_ID]',
      provider: '[USER_ID]',
      model_version: '[SECRET]',
      priced_by: 'file:openai/ft:gpt-4o:[USER_ID]',
      credit_allowance: 'monthly [EMAIL]',
    }
    const sanitised = sanitiser.sanitise(event, NOBODY)
    expect(sanitised).toMatchObject(wanted)
    expect(sanitised.service_tier).not.toContain('hunter22')
    expect(sanitiser.redactIdentifier('ft:gpt-4o:user-8841', { ...NOBODY, userId: 'user-8841' })).toBe(wanted.model)
    expect(sanitiser.redactIdentifier('llama:jane.roe@example.com')).toBe(wanted.request_model)
    expect(sanitiser.redactIdentifier('m'.repeat(100_000))).toHaveLength(FIELD_KINDS.identifier.maxLength)
  })

  it('does not take a user called 7 out of every number', () => {
    expect(sanitiser.redactText('7 of 77', { ...NOBODY, userId: '7' })).toBe('7 of 77')
  })

  it('reads metadata by its keys', () => {
    const metadata = {
      phone: '5551234567',
      ssn: 123_456_789,
      password: 'correct horse',
      order: '5551234567',
      count: 5_551_234_567,
    }
    expect(sanitiser.sanitise(toEvent({ metadata }), NOBODY).metadata).toEqual({
      phone: '[PHONE]',
      ssn: '[SSN]',
      password: '[SECRET]',
      order: '5551234567',
      count: 5_551_234_567,
    })
  })

  it('leaves no fragment of an entity that the cap of a message cuts', () => {
    for (let length = 2_020; length <= 2_050; length++) {
      const message = `${'x '.repeat(length / 2)}alice.liddell@example.com ${'y '.repeat(500)}`
      expect(sanitiser.sanitise(toEvent({ error_message: message }), NOBODY).error_message).not.toMatch(
        /alice|liddell|\[E?M?A?I?L?$/,
      )
    }
  })

  it('recognises only the chosen entities and exempts what is allowed', () => {
    const some = createSanitiser(
      toOptions({ redactPii: true, entities: ['email', ' IP '], allow: ['@example.org', '10.0.0.1', 'a@b.com'] }),
    )
    expect(some.redactText('a@b.com A@B.com c@b.com d@mail.example.org e@badexample.org')).toBe(
      'a@b.com A@B.com [EMAIL] d@mail.example.org [EMAIL]',
    )
    expect(some.redactText('10.0.0.1 10.0.0.2 123-45-6789')).toBe('10.0.0.1 [IP] 123-45-6789')
  })
})

describe('sanitise with HASH_USER_IDS', () => {
  const { sanitise } = createSanitiser(toOptions({ hashUserIds: true, hashKey: KEY }))

  it('replaces user, session and conversation by pseudonyms, also where they are mentioned', () => {
    const event = toEvent({ error_message: 'user-8841 has no session-5512', metadata: { user: 'user-8841' } })
    const sanitised = sanitise(event, { ...NOBODY, email: 'alice@example.com' })
    expect(sanitised.user_id).toMatch(/^u1_1c83_[0-9a-f]{32}$/)
    expect(sanitised.session_id).toMatch(/^u1_1c83_[0-9a-f]{32}$/)
    expect(sanitised.conversation_id).toMatch(/^u1_1c83_[0-9a-f]{32}$/)
    expect(sanitised.client_id).toBe('web')
    expect(sanitised.error_message).toBe('[USER_ID] has no [SESSION_ID]')
    expect(sanitised.metadata).toEqual({ user: '[USER_ID]' })
  })

  it('replaces the hashed ids in names of models and providers, and leaves the rest of these names', () => {
    const event = toEvent({
      model: 'ft:gpt-4o:user-8841',
      priced_by: 'json:user-8841/*',
      provider: 'session-5512',
      client_id: 'a@b.com',
    })
    expect(sanitise(event, NOBODY)).toMatchObject({
      model: 'ft:gpt-4o:[USER_ID]',
      priced_by: 'json:[USER_ID]/*',
      provider: '[SESSION_ID]',
      client_id: 'a@b.com',
    })
  })

  it('keeps the unknown unknown', () => {
    const { user_id, session_id } = sanitise(toEvent({ user_id: null, session_id: '' }), NOBODY)
    expect([user_id, session_id]).toEqual([null, null])
  })

  it('warns once and takes a random key when there is none', () => {
    const warnings: string[] = []
    const create = () =>
      createSanitiser(toOptions({ hashUserIds: true, onWarning: (message) => warnings.push(message) }))
    const one = create()
    const other = create()
    const first = one.sanitise(toEvent(), NOBODY).user_id
    expect(first).toBe(one.sanitise(toEvent(), NOBODY).user_id)
    expect(first).not.toBe(other.sanitise(toEvent(), NOBODY).user_id)
    expect(first).not.toContain('8841')
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('not stable across restarts or replicas')
  })
})

describe('sanitise with a redactor', () => {
  it('runs it behind the recognisers', () => {
    const seen: string[] = []
    const redactor = (text: string): string => {
      seen.push(text)
      return text.replaceAll('Alice', '[PERSON]')
    }
    const { redactText } = createSanitiser(toOptions({ redactPii: true, redactor }))
    expect(redactText('Alice, alice@example.com')).toBe('[PERSON], [EMAIL]')
    expect(seen).toEqual(['Alice, [EMAIL]'])
  })

  it('shows it each text once, names and values of metadata included', () => {
    const seen: string[] = []
    const redactor = (text: string): string => {
      seen.push(text)
      return text
    }
    const { sanitise } = createSanitiser(toOptions({ redactPii: true, redactor, sampleLength: 100 }))
    sanitise(
      toEvent({
        prompt_sample: toPromptSample({ ...EMPTY_PROMPT, messages: [toMessage('call 555-123-4567')] }, 100),
        completion_sample: toCompletionSample({ ...EMPTY_COMPLETION, text: 'Fine.', textLength: 5 }, 100),
        error_code: 'bad',
        error_message: 'No such user',
        metadata: { phone: '5551234567', note: 'nice', count: 12_345_678 },
        tags: ['one'],
      }),
      NOBODY,
    )
    const wanted = ['user: call [PHONE]', 'Fine.', '/v1/chat/completions', 'bad', 'No such user', 'one']
    expect(seen.toSorted()).toEqual([...wanted, '[PHONE]', 'phone', 'nice', 'note', '12345678', 'count'].toSorted())
  })

  it('lets it stand alone when no entity is chosen', () => {
    const { redactText } = createSanitiser(
      toOptions({ entities: [], redactPii: true, redactor: (text) => text.toUpperCase() }),
    )
    expect(redactText('a@b.com')).toBe('A@B.COM')
  })

  it.each([
    ['throws', broken],
    ['answers no string', () => 7 as never],
  ])('drops and counts a string when it %s, never passing it raw', (_, redactor) => {
    const faults: string[] = []
    const sanitiser = createSanitiser(toOptions({ redactPii: true, redactor, onFault: (name) => faults.push(name) }))
    const sanitised = sanitiser.sanitise(toEvent({ error_message: 'raw' }), NOBODY)
    expect(sanitised).toMatchObject({
      prompt_sample: null,
      completion_sample: null,
      error_message: null,
      endpoint: null,
      tags: [],
    })
    expect(sanitised).toMatchObject({ model: 'gpt-4o-mini', total_tokens: 46, metadata: {} })
    expect(sanitiser.redactText('raw')).toBe('')
    expect(sanitiser.dropped).toBe(faults.length)
    expect(faults.every((name) => name === 'redactor')).toBe(true)
  })
})

describe('createSanitiser', () => {
  it('drops all free strings when sanitising itself fails', () => {
    const faults: string[] = []
    const sanitiser = createSanitiser(toOptions({ redactPii: true, onFault: (name) => faults.push(name) }))
    const tags = new Proxy(['alice@example.com'], {
      get(target, key) {
        if (key === 'slice') throw new Error('broken')
        return Reflect.get(target, key)
      },
    })
    const sanitised = sanitiser.sanitise(toEvent({ tags }), NOBODY)
    expect(sanitised).toMatchObject({ prompt_sample: null, user_id: null, tags: [], metadata: {}, total_tokens: 46 })
    expect(sanitised).toMatchObject({ model: null, operation: null, priced_by: null, client_id: null })
    expect([sanitiser.dropped, faults]).toEqual([1, ['sanitise']])
  })

  it('goes on when the fault cannot be reported', () => {
    const sanitiser = createSanitiser(toOptions({ redactor: broken, onFault: broken }))
    expect(sanitiser.sanitise(toEvent(), NOBODY)).toMatchObject({ prompt_sample: null, total_tokens: 46 })
    expect(sanitiser.redactText('raw')).toBe('')
  })

  it('refuses unknown entities and short keys by the name of their variable', () => {
    expect(issueOf({ entities: ['EMAIL', 'NAME'] })).toMatch(
      /TOKEN_TRACKER_REDACT_ENTITIES: expected a list of EMAIL, .* got "NAME"/,
    )
    expect(issueOf({ hashKey: 'short' })).toMatch(/TOKEN_TRACKER_HASH_KEY: expected a key of at least 32 bytes, got 5/)
    expect(issueOf({ hashKey: KEY, previousHashKey: 'short' })).toMatch(/TOKEN_TRACKER_HASH_KEY_PREVIOUS: expected/)
    expect(issueOf({ hashKey: Buffer.alloc(32), hashUserIds: true })).toBe('accepted')
  })
})
