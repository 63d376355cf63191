'use client'

import { useEffect, useMemo } from 'react'
import { type Assignment, type Draft, openingDraft } from './assignment.ts'
import { dropDraft, dropOldDrafts, hasDraft, readDraft, sameDraft, writeDraft } from './drafts.ts'

const writeAfter = 300

export interface Drafts {
  /** What an item opens with. */
  opening: (assignment: Assignment) => Draft
  save: (assignment: Assignment, draft: Draft) => void
  /** Writes at once what `save` has put off. */
  flush: () => void
  drop: (assignmentId: string) => void
  /** Whether anything was begun. */
  begun: (assignmentId: string) => boolean
  /** Puts back what was answered, after the answer was not taken. */
  restore: (assignmentId: string, draft: Draft) => void
}

/** The answers in the making, written to this browser's storage a moment after each change and before the page goes. */
export function useDrafts(): Drafts {
  const drafts = useMemo(() => {
    let unwritten: { assignment: Assignment; draft: Draft } | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      clearTimeout(timer)
      if (!unwritten) return
      const { assignment, draft } = unwritten
      unwritten = null
      if (sameDraft(draft, openingDraft(assignment))) dropDraft(localStorage, assignment.id)
      else writeDraft(localStorage, assignment.id, draft, Date.now())
    }
    return {
      opening: (assignment: Assignment) => readDraft(localStorage, assignment) ?? openingDraft(assignment),
      save(assignment: Assignment, draft: Draft) {
        if (unwritten?.assignment.id !== assignment.id) flush()
        unwritten = { assignment, draft }
        clearTimeout(timer)
        timer = setTimeout(flush, writeAfter)
      },
      flush,
      drop(assignmentId: string) {
        if (unwritten?.assignment.id === assignmentId) unwritten = null
        dropDraft(localStorage, assignmentId)
      },
      begun(assignmentId: string) {
        flush()
        return hasDraft(localStorage, assignmentId)
      },
      restore: (assignmentId: string, draft: Draft) =>
        void writeDraft(localStorage, assignmentId, draft, Date.now()),
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
