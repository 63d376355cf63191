import type { Prisma } from '../db.ts'

/** What a list shows of a run. */
export const runRowSelect = {
  id: true,
  name: true,
  kind: true,
  status: true,
  step: true,
  totalSteps: true,
  seed: true,
  engine: true,
  attempts: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
  errorMessage: true,
  createdBy: { select: { id: true, name: true } },
} satisfies Prisma.RunSelect

export type RunRow = Prisma.RunGetPayload<{ select: typeof runRowSelect }>

export const activeStatuses = ['QUEUED', 'RUNNING', 'STOPPING'] as const
