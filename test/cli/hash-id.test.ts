import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSanitiser } from '../../src/privacy/sanitise.ts'
import { usageEvent } from '../privacy/usage-event.ts'
import { runCommand, writeTestFile } from './run-command.ts'

const KEY = 'a key for tests, of no use to anybody else'
const OLD_KEY = 'the key before, of as little use to anybody'
