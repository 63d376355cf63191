'use client'

import type { Pace } from './use-progress.ts'
import { useRemembered } from './use-remembered.ts'

/** Whether this browser's annotator wants to see how many they ranked today and how fast. */
export const usePaceShown = () => useRemembered<'on' | 'off'>('rank.pace', 'on')

/** 'Today 34 · about 12 s each'; null before the first of the day. */
export function paceLine(pace: Pace | null): string | null {
  if (!pace || pace.today === 0) return null
  const { today, medianSeconds } = pace
  return medianSeconds === null ? `Today ${today}` : `Today ${today} · about ${spell(medianSeconds)} each`
}

function spell(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`
}
