import { describe, expect, it } from 'vitest'
import { settings } from '../../src/config/env-schema.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettingComments } from '../setup/setting-comments.ts'

describe('TrackerSettings', () => {
  const comments = readSettingComments()

  it('says what every setting means, and no other', () => {
    expect([...comments.keys()]).toEqual(Object.keys(settings))
    for (const [field, { description }] of comments) expect(description, field).toMatch(/^[A-Za-z].*\.$/)
  })

  it('names the default that is in force, in a form that is accepted', () => {
    for (const [field, comment] of comments) {
      if (field === 'monitoredEndpoints') continue
      const value: unknown = JSON.parse(comment.default?.replaceAll("'", '"') ?? '')
      expect(loadConfig({}, { [field]: value }), field).toEqual(loadConfig({}))
    }
  })
})
