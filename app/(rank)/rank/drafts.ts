import type { Assignment, Draft } from './assignment.ts'
import { isFull } from './outbox.ts'

const prefix = 'whetstone.draft.'
const editPrefix = 'whetstone.edit.'
/** A lease ends after minutes, but whoever holds an item again finds what they had begun. */
const keptFor = 14 * 24 * 3_600_000

/** A draft with the time it has taken, so that a reload does not make the work look quick. */
export interface TimedDraft extends Draft {
  millisecondsSpent?: number
}

interface Kept {
  savedAt: number
  draft: TimedDraft
}

/** What was begun for this assignment, or null: also where it does not fit, having been written by another version. */
export function readDraft(storage: Storage, { id, completions }: Assignment): TimedDraft | null {
  const draft = parse(storage.getItem(prefix + id))?.draft
  const { marks, flags } = draft?.answer ?? {}
  if (!draft || !Array.isArray(marks) || !Array.isArray(flags)) return null
  const { edit = null } = draft
  return marks.length === completions.length && (edit === null || edit.card < completions.length)
    ? { ...draft, edit }
    : null
}

/** False when storage is full: then the draft lives as long as the page. */
export function writeDraft(
  storage: Storage,
  assignmentId: string,
  draft: TimedDraft,
  savedAt: number,
): boolean {
  try {
    storage.setItem(prefix + assignmentId, JSON.stringify({ savedAt, draft } satisfies Kept))
    return true
  } catch (error) {
    if (isFull(error)) return false
    throw error
  }
}

export function dropDraft(storage: Storage, assignmentId: string): void {
  storage.removeItem(prefix + assignmentId)
}

export function hasDraft(storage: Storage, assignmentId: string): boolean {
  return storage.getItem(prefix + assignmentId) !== null
}

/** Names a text in the making, for as long as the tab lives. */
export const editKey = (assignmentId: string, card: number) => `${editPrefix}${assignmentId}.${card}`

/** Whether a response of this assignment is being improved, without being done. */
export function hasEdit(storage: Storage, assignmentId: string): boolean {
  return editKeys(storage, assignmentId).length > 0
}

export function dropEdits(storage: Storage, assignmentId: string): void {
  for (const key of editKeys(storage, assignmentId)) storage.removeItem(key)
}

function editKeys(storage: Storage, assignmentId: string): string[] {
  return keysOf(storage).filter((key) => key.startsWith(`${editPrefix}${assignmentId}.`))
}

function keysOf(storage: Storage): string[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index)!)
}

/** Two drafts are the same when they would be submitted alike. */
export function sameDraft(a: Draft, b: Draft): boolean {
  return JSON.stringify([a.answer, a.comment, a.edit]) === JSON.stringify([b.answer, b.comment, b.edit])
}

export function dropOldDrafts(storage: Storage, now: number): void {
  for (const key of keysOf(storage)) {
    if (!key.startsWith(prefix)) continue
    const kept = parse(storage.getItem(key))
    if (!kept || now - kept.savedAt > keptFor) storage.removeItem(key)
  }
}

function parse(text: string | null): Kept | null {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
