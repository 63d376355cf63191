import { Prisma } from '../db.ts'

/** The part of a WHERE for a Comparison named c that was sent back to the queue and that nobody new has ranked since. */
export const isAskedAgain = Prisma.sql`(c."requeuedAt" is not null and not exists (
  select from "Ranking" r
  where r."comparisonId" = c.id and r."supersedesId" is null and r."createdAt" > c."requeuedAt"))`
