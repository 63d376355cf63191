import { expect, test } from 'vitest'
import type { Actor, Role } from './actor.ts'
import { type Action, authorise, may, permissions } from './permissions.ts'

const actions = Object.keys(permissions) as Action[]
const allowed = (role: Role) => actions.filter((action) => may(role, action)).sort()

test('an annotator reaches the queue and nothing else', () => {
  expect(allowed('ANNOTATOR')).toEqual([
    'queue.batches',
    'queue.claim',
    'queue.release',
    'queue.renew',
    'ranking.mine',
    'ranking.reopen',
    'ranking.skip',
    'ranking.submit',
    'ranking.undo',
    'workspace.read',
  ])
})

test('a researcher does everything but decide who is here and how the workspace is set', () => {
  const refused = actions.filter((action) => !may('RESEARCHER', action)).sort()
  expect(refused).toEqual([
    'invitation.create',
    'invitation.list',
    'invitation.revoke',
    'member.list',
    'member.remove',
    'member.update',
    'workspace.update',
  ])
})

test('an administrator does everything', () => {
  expect(allowed('ADMIN')).toEqual(actions.toSorted())
})

test('a refusal names the action and the roles it needs', () => {
  const actor: Actor = { userId: 'u', workspaceId: 'w', role: 'ANNOTATOR', name: 'A', email: 'a@example.com' }
  expect(() => authorise(actor, 'run.launch')).toThrow(
    expect.objectContaining({ code: 'FORBIDDEN', message: 'The role ANNOTATOR does not allow run.launch.' }),
  )
})
