import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, actorFromHeaders, actorOf, type Identity } from '../auth/actor.ts'
import { db } from '../db.ts'
import { createInvitation, createInvitationInput } from '../members/create-invitation.ts'
import { listInvitations } from '../members/list-invitations.ts'
import { listMembers } from '../members/list-members.ts'
import { removeMember } from '../members/remove-member.ts'
import { revokeInvitation } from '../members/revoke-invitation.ts'
import { updateMember } from '../members/update-member.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { makeMember } from '../testing/fixtures.ts'
import { browserHeaders, callAuth, signUp } from '../testing/session.ts'
import { arrival } from './arrival.ts'
import { joinWorkspace } from './join-workspace.ts'

let database: TestDatabase
let admin: Actor
const people: Identity[] = []

async function account(name: string): Promise<Identity> {
  const email = `${name}@example.com`
  await db.user.create({ data: { id: name, name, email } })
  return { userId: name, name, email }
}

const invite = (change: Record<string, unknown> = {}) =>
  createInvitation(admin, createInvitationInput.parse({ role: 'ANNOTATOR', ...change }))

beforeAll(async () => {
  database = await testDatabase()
  for (let index = 0; index < 8; index++) people.push(await account(`first-${index}`))
})
afterAll(() => database?.drop())

describe('joining', () => {
  test('of several first accounts at once, one founds the one workspace and the others are refused', async () => {
    expect(await arrival(undefined)).toEqual({ firstAccount: true, invitation: null })
    const joined = await Promise.allSettled(people.map((person) => joinWorkspace(person, {})))
    const founders = joined.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(founders).toMatchObject([{ role: 'ADMIN' }])
    expect(await db.workspace.count()).toBe(1)
    expect(await db.member.count()).toBe(1)
    const refusals = joined.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(refusals.map((refusal) => refusal.code)).toEqual(Array(7).fill('FORBIDDEN'))
    expect(refusals[0].message).toMatch(/@example.com is not invited/)
    const member = await db.member.findFirstOrThrow()
    admin = (await actorOf(people.find((person) => person.userId === member.userId)!))!
    expect(await arrival(undefined)).toMatchObject({ firstAccount: false })
  })

  test('an invitation takes as many people as it has uses, also when they come at once', async () => {
    const { token, url } = await invite({ uses: 3 })
    expect(url).toContain(`/sign-up?invitation=${token}`)
    expect((await arrival(token)).invitation).toMatchObject({ role: 'ANNOTATOR', email: null })
    expect(await db.invitation.findFirst({ where: { tokenHash: token } })).toBeNull()
    const crowd = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => account(`crowd-${index}`)))
    const joined = await Promise.allSettled(crowd.map((person) => joinWorkspace(person, { token })))
    expect(joined.filter((result) => result.status === 'fulfilled')).toHaveLength(3)
    expect((await arrival(token)).invitation).toBeNull()
  })

  test('joining again changes nothing, not even with another invitation', async () => {
    const { token } = await invite()
    expect(await joinWorkspace(admin, { token })).toMatchObject({ role: 'ADMIN' })
    expect((await arrival(token)).invitation).not.toBeNull()
  })

  test('an expired, revoked, foreign or made-up invitation lets nobody in', async () => {
    const person = await account('late')
    const expired = await invite()
    await db.invitation.update({ where: { id: expired.id }, data: { expiresAt: new Date(0) } })
    const revoked = await invite()
    await revokeInvitation(admin, { id: revoked.id })
    await expect(revokeInvitation(admin, { id: revoked.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const personal = await invite({ email: 'Somebody@Example.com' })
    for (const token of [expired.token, revoked.token, personal.token, 'made-up']) {
      await expect(joinWorkspace(person, { token })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    const somebody = await account('somebody')
    expect(await joinWorkspace(somebody, { token: personal.token })).toMatchObject({ role: 'ANNOTATOR' })
    const open = (await listInvitations(admin)).items.map((invitation) => invitation.id)
    expect(open).not.toContain(expired.id)
    expect(open).not.toContain(revoked.id)
  })
})

describe('members', () => {
  test('the last administrator can be neither demoted nor removed, also when two try each other', async () => {
    const own = await db.member.findFirstOrThrow({ where: { userId: admin.userId } })
    const demote = { id: own.id, role: 'ANNOTATOR' } as const
    await expect(updateMember(admin, demote)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(removeMember(admin, { id: own.id })).rejects.toMatchObject({ code: 'CONFLICT' })

    const second = await makeMember(admin.workspaceId, 'ADMIN')
    const other = await db.member.findFirstOrThrow({ where: { userId: second.userId } })
    const results = await Promise.allSettled([
      removeMember(second, { id: own.id }),
      removeMember(admin, { id: other.id }),
    ])
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await db.member.count({ where: { workspaceId: admin.workspaceId, role: 'ADMIN' } })).toBe(1)
  })

  test('who is removed comes back by a new invitation only, not by one made before', async () => {
    const person = await account('removed')
    const { token, id } = await invite({ uses: 5 })
    await joinWorkspace(person, { token })
    const member = await db.member.findFirstOrThrow({ where: { userId: person.userId } })
    const host = await db.member.findFirstOrThrow({
      where: { workspaceId: admin.workspaceId, role: 'ADMIN' },
    })
    await removeMember({ ...admin, userId: host.userId }, { id: member.id })
    await expect(joinWorkspace(person, { token })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('was removed'),
    })
    expect(await db.invitation.findUnique({ where: { id } })).toMatchObject({ usesLeft: 4 })
    expect(await joinWorkspace(await account('newcomer'), { token })).toMatchObject({ role: 'ANNOTATOR' })
    const fresh = await invite()
    expect(await joinWorkspace(person, { token: fresh.token })).toMatchObject({ role: 'ANNOTATOR' })
  })

  test('of another workspace look as if they were not there', async () => {
    const stranger = await makeMember((await db.workspace.create({ data: { name: 'Other' } })).id, 'ADMIN')
    const member = await db.member.findFirstOrThrow({ where: { workspaceId: admin.workspaceId } })
    await expect(removeMember(stranger, { id: member.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await listMembers(stranger)).total).toBe(1)
  })
})

describe('signing in', () => {
  test('a dozen people sign up from one address at once; a stranger to the workspace is no actor', async () => {
    const sessions = await Promise.all(Array.from({ length: 12 }, (_, index) => signUp(`person${index}`)))
    expect(new Set(sessions.map((session) => session.userId)).size).toBe(12)
    expect(await actorFromHeaders(browserHeaders(sessions[0]!.cookie))).toBeNull()
    expect(await actorFromHeaders(browserHeaders('whetstone.session_token=made.up'))).toBeNull()
  })

  test('guessing the password of one account is stopped after ten tries, from whatever address', async () => {
    const { email } = await signUp('target')
    const statuses: number[] = []
    for (let index = 0; index < 11; index++) {
      statuses.push((await callAuth('/sign-in/email', { email, password: `wrong guess ${index}` })).status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429])
  })

  test('a session ends with sign-out', async () => {
    const { cookie, userId } = await signUp('leaver')
    await db.member.create({ data: { userId, workspaceId: admin.workspaceId, role: 'RESEARCHER' } })
    expect(await actorFromHeaders(browserHeaders(cookie))).toMatchObject({ userId, role: 'RESEARCHER' })
    expect((await callAuth('/sign-out', {}, cookie)).status).toBe(200)
    expect(await actorFromHeaders(browserHeaders(cookie))).toBeNull()
  })
})
