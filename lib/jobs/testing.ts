import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Run } from '#prisma/client/client.ts'
import { db } from '../db.ts'
import { setDatabaseUrl } from '../env.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { claimRun } from './claim.ts'
import { executeRun } from './handlers/run.ts'
import { closeQueue } from './queue.ts'

/** A database and a home of its own for runs and artifacts; `drop` removes both. */
export async function testInstallation(): Promise<TestDatabase & { home: string }> {
  const database = await testDatabase()
  const home = mkdtempSync(join(tmpdir(), 'whetstone-'))
  process.env.WHETSTONE_HOME = home
  process.env.LOG_LEVEL = 'silent'
  // The settings are read anew.
  setDatabaseUrl(database.url)
  return {
    ...database,
    home,
    async drop() {
      await closeQueue()
      await database.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Does in this process what the worker does with a run, and returns the run as it ended. */
export async function carryOut(runId: string): Promise<Run> {
  const held = await claimRun(runId, 15)
  if (!held) throw new Error(`run ${runId} could not be claimed`)
  await executeRun(held, new AbortController().signal)
  return db.run.findUniqueOrThrow({ where: { id: runId } })
}

/** A model of one layer on the slowest engine, which is always installed; its runs take a second or two. */
export const tinyModel = { init: { layers: 1, width: 16, heads: 2, vocabSize: 300, maxPositions: 64 } }
export const tinySettings = { engine: 'cpu', batchSize: 4, checkpointEvery: 2 } as const
