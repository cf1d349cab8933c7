#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'

async function main(): Promise<void> {
  // `token-tracker … | head` closes the pipe early, which is no fault; a full disk is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`error: cannot write the output: ${error.message}\n`, () => process.exit(1))
  })
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  })
}

void main()
