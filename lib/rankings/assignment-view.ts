import { type Database, Prisma } from '../db.ts'
import type { Message } from '../prompts/messages.ts'

export interface Flag {
  /** 'prompt' or a completion's id. */
  target: string
  flag: string
}

/** The annotator improved `completionId` into `text`. */
export interface Edit {
  completionId: string
  text: string
}

/** What an annotator sees: nothing in it tells which model wrote what, or what kind of comparison it is. */
export interface AssignmentView {
  id: string
  comparisonId: string
  kind: 'LABEL'
  batch: { id: string; name: string } | null
  leaseUntil: Date
  prompt: { messages: Message[] }
  /** In this annotator's shown order. */
  completions: { id: string; text: string }[]
  /** The ranking that was reopened, or of what was skipped the reason alone. */
  previous?: {
    groups: string[][]
    allBad: boolean
    strength: number | null
    flags: Flag[]
    comment: string | null
    edit: Edit | null
    skipReason: string | null
  }
}

/** A ranking as stored, its edit still among the groups. */
export interface StoredOpinion {
  groups: string[][]
  allBad: boolean
  strength: number | null
  flags: Flag[]
  comment: string | null
  editId: string | null
  editText: string | null
  editedFromId: string | null
}

export interface ViewRow {
  id: string
  comparisonId: string
  batch: { id: string; name: string } | null
  /** Milliseconds since 1970. */
  leaseUntil: number
  messages: Message[]
  completions: { id: string; text: string }[]
  skipReason: string | null
  previous: StoredOpinion | null
}

/**
 * The rows of `seen`, a relation (id, comparisonId, shownOrder, leaseUntil, claimedAt, finishedAt, skipReason) of
 * assignments, as one JSON array of ViewRow: a reopened one first, then in the order in which they were claimed.
 */
export const viewSeen = Prisma.sql`
  select coalesce(json_agg(shown.item
    order by coalesce(seen."finishedAt"::text, seen."skipReason") is null, seen."claimedAt", seen.id), '[]')
  from seen cross join lateral (
    select json_build_object(
      'id', seen.id,
      'comparisonId', c.id,
      'batch', (select json_build_object('id', b.id, 'name', b.name) from "Batch" b where b.id = c."batchId"),
      'leaseUntil', floor(extract(epoch from seen."leaseUntil") * 1000),
      'messages', p.messages,
      'completions', (
        select json_agg(json_build_object('id', k.id, 'text', k.text) order by array_position(seen."shownOrder", k.id))
        from "Completion" k where k.id = any(seen."shownOrder")),
      'skipReason', seen."skipReason",
      'previous', (
        select json_build_object('groups', r.groups, 'allBad', r."allBad", 'strength', r.strength, 'flags', r.flags,
          'comment', r.comment, 'editId', r."editId", 'editText', e.text, 'editedFromId', e."editedFromId")
        from "Ranking" r left join "Completion" e on e.id = r."editId"
        where r."assignmentId" = seen.id and not exists (select from "Ranking" s where s."supersedesId" = r.id))
      ) as item
    from "Comparison" c join "Prompt" p on p.id = c."promptId" where c.id = seen."comparisonId"
    limit 1
  ) shown`

export function viewOf(row: ViewRow): AssignmentView {
  const members = row.completions.map(({ id }) => id)
  const reopened = row.previous !== null || row.skipReason !== null
  return {
    id: row.id,
    comparisonId: row.comparisonId,
    kind: 'LABEL',
    batch: row.batch,
    leaseUntil: new Date(row.leaseUntil),
    prompt: { messages: row.messages },
    completions: row.completions,
    ...(reopened && {
      previous: {
        groups: row.previous ? withoutEdit(row.previous) : [],
        allBad: row.previous?.allBad ?? false,
        strength: row.previous?.strength ?? null,
        flags: row.previous?.flags ?? [],
        comment: row.previous?.comment ?? null,
        edit: row.previous && editOf(row.previous, members),
        skipReason: row.skipReason,
      },
    }),
  }
}

/** The groups as the annotator gave them: of the comparison's own completions. */
export function withoutEdit({ groups, editId }: Pick<StoredOpinion, 'groups' | 'editId'>): string[][] {
  return editId === null ? groups : groups.filter((group) => group[0] !== editId)
}

/**
 * The edit behind a ranking. A text that was there before, written by somebody else, may have come of another completion:
 * then the best ranked one stands for it.
 */
export function editOf(
  opinion: Pick<StoredOpinion, 'groups' | 'editId' | 'editText' | 'editedFromId'>,
  members: string[],
): Edit | null {
  const { editId, editText, editedFromId } = opinion
  if (editId === null || editText === null) return null
  const known = editedFromId !== null && members.includes(editedFromId)
  return {
    completionId: known ? editedFromId : (withoutEdit(opinion)[0]?.[0] ?? members[0]!),
    text: editText,
  }
}

/** The assignments as their annotator sees them, a reopened one first, then in the order of their claims. */
export async function viewAssignments(tx: Database, ids: string[]): Promise<AssignmentView[]> {
  if (ids.length === 0) return []
  const [row] = await tx.$queryRaw<[{ items: ViewRow[] }]>`
    with seen as (select * from "Assignment" where id = any(${ids}))
    select (${viewSeen}) as items`
  return row.items.map(viewOf)
}
