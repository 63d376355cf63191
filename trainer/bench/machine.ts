import os from 'node:os'
import type { Machine } from './results.ts'

export function describeMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? os.arch(),
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    time: new Date().toISOString().slice(0, 10),
  }
}
