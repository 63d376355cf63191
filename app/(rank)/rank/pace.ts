'use client'

import { useRemembered } from './use-remembered.ts'

/** Whether this browser's annotator wants to see how many they ranked today and how fast. */
export const usePaceShown = () => useRemembered<'on' | 'off'>('rank.pace', 'on')
