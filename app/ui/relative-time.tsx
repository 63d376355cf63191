'use client'

import { useSyncExternalStore } from 'react'

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** 'just now', '5 minutes ago', 'in 3 days'. */
export function relative(time: Date, now: number): string {
  const seconds = (time.getTime() - now) / 1000
  const unit = units.find(([, size]) => Math.abs(seconds) >= size)
  return unit ? words.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now'
}

const minute = 60_000
function everyHalfMinute(notify: () => void) {
  const timer = setInterval(notify, minute / 2)
  return () => clearInterval(timer)
}
const thisMinute = () => Math.floor(Date.now() / minute) * minute

/** Relative in the page, absolute on hover. The server draws the date in UTC, so that hydration always agrees. */
export function RelativeTime({ time, className }: { time: Date | string; className?: string }) {
  const date = new Date(time)
  const now = useSyncExternalStore(everyHalfMinute, thisMinute, () => null)
  return (
    <time
      dateTime={date.toISOString()}
      title={now === null ? undefined : date.toLocaleString('en', { dateStyle: 'full', timeStyle: 'long' })}
      className={className ?? 'whitespace-nowrap text-ink-2'}
    >
      {now === null ? date.toISOString().slice(0, 10) : relative(date, now)}
    </time>
  )
}
