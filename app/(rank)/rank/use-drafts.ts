'use client'

import { useEffect, useMemo } from 'react'
import { type Assignment, openingDraft } from './assignment.ts'
import {
  dropDraft,
  dropEdits,
  dropOldDrafts,
  hasDraft,
  hasEdit,
  readDraft,
  sameDraft,
  type TimedDraft,
  writeDraft,
} from './drafts.ts'

const writeAfter = 300

export interface Drafts {
  /** What an item opens with. */
  opening: (assignment: Assignment) => TimedDraft
  save: (assignment: Assignment, draft: TimedDraft) => void
  /** Writes at once what `save` has put off. */
  flush: () => void
  drop: (assignmentId: string) => void
  /** Whether anything was begun. */
  begun: (assignmentId: string) => boolean
  /** Puts back what was answered, after the answer was not taken. */
  restore: (assignmentId: string, draft: TimedDraft) => void
}

/** The answers in the making, written to this browser's storage a moment after each change and before the page goes. */
export function useDrafts(): Drafts {
  const drafts = useMemo(() => {
    let unwritten: { assignment: Assignment; draft: TimedDraft } | null = null
    /** What found no room in storage, which may have an older state of it. */
    const inMemory = new Map<string, TimedDraft>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = (assignmentId: string, draft: TimedDraft) => {
      inMemory.delete(assignmentId)
      if (!writeDraft(localStorage, assignmentId, draft, Date.now())) inMemory.set(assignmentId, draft)
    }
    const remove = (assignmentId: string) => {
      inMemory.delete(assignmentId)
      dropDraft(localStorage, assignmentId)
    }
    const flush = () => {
      clearTimeout(timer)
      if (!unwritten) return
      const { assignment, draft } = unwritten
      unwritten = null
      if (sameDraft(draft, openingDraft(assignment))) remove(assignment.id)
      else write(assignment.id, draft)
    }
    return {
      opening: (assignment: Assignment): TimedDraft =>
        inMemory.get(assignment.id) ?? readDraft(localStorage, assignment) ?? openingDraft(assignment),
      save(assignment: Assignment, draft: TimedDraft) {
        if (unwritten?.assignment.id !== assignment.id) flush()
        unwritten = { assignment, draft }
        clearTimeout(timer)
        timer = setTimeout(flush, writeAfter)
      },
      flush,
      drop(assignmentId: string) {
        if (unwritten?.assignment.id === assignmentId) unwritten = null
        remove(assignmentId)
        dropEdits(sessionStorage, assignmentId)
      },
      begun(assignmentId: string) {
        flush()
        return (
          inMemory.has(assignmentId) ||
          hasDraft(localStorage, assignmentId) ||
          hasEdit(sessionStorage, assignmentId)
        )
      },
      restore: write,
    }
  }, [])

  useEffect(() => {
    dropOldDrafts(localStorage, Date.now())
    const hide = () => document.visibilityState === 'hidden' && drafts.flush()
    document.addEventListener('visibilitychange', hide)
    window.addEventListener('pagehide', drafts.flush)
    return () => {
      drafts.flush()
      document.removeEventListener('visibilitychange', hide)
      window.removeEventListener('pagehide', drafts.flush)
    }
  }, [drafts])

  return drafts
}
