import { listEngines } from './start.ts'

const rows = (await listEngines()).map((engine) => [
  engine.name,
  engine.available ? 'yes' : 'no',
  engine.version ?? '',
  engine.device ?? engine.reason ?? '',
])
for (const [name, available, version, note] of [
  ['engine', 'available', 'version', 'device or reason'],
  ...rows,
]) {
  console.log(`${name!.padEnd(12)} ${available!.padEnd(10)} ${version!.padEnd(10)} ${note}`)
}
