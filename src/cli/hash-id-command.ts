import type { Command } from 'commander'
import { Argument, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../config/load-config.ts'
import { ConfigurationError } from '../core/errors.ts'
import { createPseudonymiser } from '../privacy/pseudonym.ts'
import type { CommandContext } from './command-context.ts'
import { warn } from './command-context.ts'
import { readCurrentKey, readPreviousKey } from '../tracker/hash-keys.ts'

const FIELDS = ['user_id', 'session_id', 'conversation_id'] as const

export function addHashIdCommand(program: Command, context: CommandContext): void {
  program
    .command('hash-id')
    .description('print the pseudonyms of an id, to find it in logs and databases (erasure requests)')
    .addArgument(new Argument('<id>', 'the id or e-mail address as the application knows it').argParser(readId))
    .addOption(new Option('--field <name>', 'field of the event').choices(FIELDS).default('user_id'))
    .action((id: string, { field }: { field: string }) => printPseudonyms(field, id, context))
}

function printPseudonyms(field: string, id: string, context: CommandContext): void {
  const config = loadConfig(context.env)
  const current = readCurrentKey(config)
  const previous = readPreviousKey(config)
  // The key that a tracker without one makes up for itself is gone with its process.
  if (current === null && previous === null) {
    const problem = 'expected the key that the tracker runs with, here or in TOKEN_TRACKER_HASH_KEY_FILE, got none'
    throw new ConfigurationError([{ name: 'TOKEN_TRACKER_HASH_KEY', problem }])
  }
  const print = (key: Buffer, name: string) =>
    context.stdout(`${createPseudonymiser(key).toPseudonym(field, id)}  ${name} key\n`)
  if (current !== null) print(current, 'current')
  if (previous !== null) print(previous, 'previous')
  if (!config.hashUserIds) {
    warn(context, 'TOKEN_TRACKER_HASH_USER_IDS is off: events of this configuration hold the id itself')
  }
}

function readId(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('Expected an id, got nothing.')
}
