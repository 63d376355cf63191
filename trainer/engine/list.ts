import { listEngines } from './start.ts'

const rows = (await listEngines()).map(({ name, available, version, device, threads, reason }) => [
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
