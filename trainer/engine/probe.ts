import type { EngineName } from './engine.ts'
import { startEngine } from './start.ts'

// For listEngines: starts one engine and writes what came of it as one line of JSON.
try {
  const { name, device, version, threads } = await startEngine(process.argv[2] as EngineName)
  console.log(JSON.stringify({ name, available: true, device, version, threads }))
} catch (error) {
  console.log(JSON.stringify({ name: process.argv[2], available: false, reason: (error as Error).message }))
}
