import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

/** Tests of the package run against dist/: build it when it is older than the sources. */
export function setup(): void {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => path.join('src', file))
  const newest = Math.max(...[...sources, 'package.json'].map((file) => statSync(file).mtimeMs))
  if (existsSync('dist/index.cjs') && statSync('dist/index.cjs').mtimeMs >= newest) return
  execFileSync('npm', ['run', 'build', '--silent'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
