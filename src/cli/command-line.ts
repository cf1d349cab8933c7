import { Command, CommanderError } from 'commander'
import { toErrorMessage } from '../core/errors.ts'
import { readPackageVersion } from '../core/package-version.ts'
import { addConfigCommand } from './config-command.ts'
import { toPrintable, type CommandContext } from './command-context.ts'
import { addHashIdCommand } from './hash-id-command.ts'
import { addPricingCommand } from './pricing/pricing-command.ts'

/** Exit codes: the command did its work, it could not or found faults, it was called wrongly. */
export const SUCCESS = 0
export const FAILURE = 1
export const WRONG_USAGE = 2

/** Runs `token-tracker <args>` and answers the exit code. Never rejects. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    await createProgram(context).parseAsync(args, { from: 'user' })
    return SUCCESS
  } catch (error) {
    // The parser has written its message already, and ends `--help` and `--version` this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE
    const lines = toErrorMessage(error).split('\n').map(toPrintable)
    context.stderr(`error: ${lines.join('\n')}\n`)
    return FAILURE
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command('token-tracker')
    .description(
      'Counts, prices and reports the tokens of LLM calls. Reads the same TOKEN_TRACKER_* variables as the tracker.',
    )
    .version(readPackageVersion() ?? 'unknown')
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .showHelpAfterError('(--help tells what is accepted)')
    .exitOverride()
  addPricingCommand(program, context)
  addHashIdCommand(program, context)
  addConfigCommand(program, context)
  return program
}
