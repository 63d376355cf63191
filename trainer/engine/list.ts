import { listEngines } from './start.ts'

// Prints the engines of this machine; with --all, ends with 1 unless every one of them starts.

const engines = await listEngines()
const rows = engines.map(({ name, available, version, device, threads, reason }) => [
  name,
  available ? 'yes' : 'no',
  version ?? '',
  String(threads ?? ''),
  device ?? reason ?? '',
])
for (const [name, available, version, threads, note] of [
  ['engine', 'available', 'version', 'threads', 'device or reason'],
  ...rows,
]) {
  const columns = [name!.padEnd(12), available!.padEnd(10), version!.padEnd(10), threads!.padEnd(8), note]
  console.log(columns.join(' '))
}
if (process.argv.includes('--all') && !engines.every(({ available }) => available)) process.exitCode = 1
