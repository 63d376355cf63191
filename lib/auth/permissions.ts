import type { Role } from '#prisma/client/enums.ts'
import { WhetstoneError } from '../errors.ts'
import type { Actor } from './actor.ts'

const everyone = ['ADMIN', 'RESEARCHER', 'ANNOTATOR'] as const
const researchers = ['ADMIN', 'RESEARCHER'] as const
const admins = ['ADMIN'] as const

/** Who may do what: the only place that says so. */
export const permissions = {
  'workspace.read': everyone,
  'workspace.update': admins,
  'member.list': admins,
  'member.update': admins,
  'member.remove': admins,
  'invitation.list': admins,
  'invitation.create': admins,
  'invitation.revoke': admins,

  'queue.claim': everyone,
  'queue.renew': everyone,
  'queue.release': everyone,
  'queue.batches': everyone,
  'ranking.submit': everyone,
  'ranking.skip': everyone,
  'ranking.undo': everyone,
  'ranking.reopen': everyone,
  'ranking.mine': everyone,

  'prompt.import': researchers,
  'prompt.list': researchers,
  'prompt.show': researchers,
  'comparison.create': researchers,
  'comparison.list': researchers,
  'comparison.show': researchers,
  'comparison.gold': researchers,
  'comparison.requeue': researchers,
  'batch.update': researchers,
  'annotator.list': researchers,
  'adjudication.list': researchers,
  'adjudication.claim': researchers,
  'suspect.list': researchers,
  'quality.read': researchers,
  'quality.export': researchers,
  'home.read': researchers,
  'metrics.read': researchers,

  'dataset.create': researchers,
  'dataset.list': researchers,
  'dataset.show': researchers,
  'dataset.export': researchers,
  'run.launch': researchers,
  'run.list': researchers,
  'run.show': researchers,
  'run.stop': researchers,
  'run.resume': researchers,
  'model.import': researchers,
  'model.list': researchers,
  'model.show': researchers,
  'model.update': researchers,
  'evaluation.launch': researchers,
  'evaluation.list': researchers,
  'evaluation.show': researchers,
} as const satisfies Record<string, readonly Role[]>

export type Action = keyof typeof permissions

export function may(role: Role, action: Action): boolean {
  return (permissions[action] as readonly Role[]).includes(role)
}

/** @throws WhetstoneError FORBIDDEN when the actor's role does not allow the action. */
export function authorise(actor: Actor, action: Action): void {
  if (may(actor.role, action)) return
  throw new WhetstoneError(
    'FORBIDDEN',
    `The role ${actor.role} does not allow ${action}.`,
    `Ask an administrator of the workspace. It needs one of: ${permissions[action].join(', ')}.`,
  )
}
