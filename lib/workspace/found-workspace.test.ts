import { afterAll, beforeAll, expect, test } from 'vitest'
import { actorOf } from '../auth/actor.ts'
import { db } from '../db.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { foundWorkspace } from './found-workspace.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database?.drop())

test('an account without a workspace becomes the administrator of a new one', async () => {
  await db.workspace.create({ data: { name: 'an earlier one' } })
  const user = { id: 'u1', name: 'Ada', email: 'ada@example.org' }
  await db.user.create({ data: user })
  const { workspaceId } = await foundWorkspace({ email: 'Ada@example.org', name: 'second' })
  const actor = await actorOf({ userId: user.id, name: user.name, email: user.email })
  expect(actor).toMatchObject({ workspaceId, role: 'ADMIN' })
  expect(await db.auditEvent.count({ where: { workspaceId, action: 'workspace.found' } })).toBe(1)
})

test('an unknown address is named', async () => {
  await expect(foundWorkspace({ email: 'nobody@example.org', name: 'x' })).rejects.toThrow(
    /nobody@example.org/,
  )
})
