'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useMemo, useRef, useState } from 'react'
import { type Mark, markOf, marksOf } from '#lib/runs/marks.ts'
import { createStepStore, type StepRow, type StepStore } from '../../../charts/step-store.ts'
import { isOver, type LogLine, type RunDetail, type RunProgress } from '../types.ts'

export interface RunStream {
  store: StepStore
  progress: RunProgress
  logs: LogLine[]
  /** What the curves are marked with. */
  marks: Mark[]
  /** Steps of which samples came in since the page was opened. */
  sampledSteps: number[]
  /** False while the connection is down and being tried again. */
  connected: boolean
}

/** Draws of the charts are at least this far apart, ms: a fast run reports many steps a second. */
const drawEvery = 250
const longestWait = 10_000

/** The run as it goes on: what the page was loaded with, then the server's events, resumed after a lost connection. */
export function useRunStream(run: RunDetail): RunStream {
  const router = useRouter()
  const [progress, setProgress] = useState<RunProgress>(run)
  const [logs, setLogs] = useState(run.logs)
  const [sampledSteps, setSampledSteps] = useState<number[]>([])
  const [connected, setConnected] = useState(true)
  const lastLog = useRef(run.logs.at(-1)?.id ?? 0)
  const first = useRef(run.steps)
  const store = useMemo(() => {
    const store = createStepStore()
    store.add(first.current)
    return store
  }, [])

  // After a refresh (stopped, resumed) the server's word counts.
  const [seen, setSeen] = useState(run)
  if (seen !== run) {
    setSeen(run)
    setProgress(run)
  }
  const known = useRef(run.status)
  const over = isOver(progress.status)

  useEffect(() => {
    if (over) return
    let waiting: StepRow[] = []
    let wait = 500
    let source: EventSource | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    const draw = setInterval(() => {
      if (waiting.length === 0) return
      store.add(waiting)
      waiting = []
    }, drawEvery)

    const open = () => {
      const after = waiting.at(-1)?.step ?? store.steps.at(-1)
      source = new EventSource(eventsAddress(run.id, after, lastLog.current))
      source.onopen = () => {
        wait = 500
        setConnected(true)
      }
      source.onerror = () => {
        // The browser would ask again for what it asked first; ask for what is missing instead.
        source?.close()
        setConnected(false)
        retry = setTimeout(open, wait)
        wait = Math.min(wait * 2, longestWait)
      }
      listen<StepRow>(source, 'step', (step) => waiting.push(step))
      listen<LogLine>(source, 'log', (line) => {
        lastLog.current = Math.max(lastLog.current, line.id)
        const mark = markOf(line)
        if (mark?.kind === 'rollback') {
          waiting = waiting.filter(({ step }) => step <= mark.step)
          store.cut(mark.step)
          setSampledSteps((now) => now.filter((step) => step <= mark.step))
        }
        setLogs((now) => (now.some(({ id }) => id === line.id) ? now : [...now, line]))
      })
      listen<{ step: number }>(source, 'sample', ({ step }) =>
        setSampledSteps((now) => (now.includes(step) ? now : [...now, step])),
      )
      listen<Partial<RunProgress>>(source, 'status', (status) => {
        setProgress((now) => ({ ...now, ...status }))
        if (!status.status || status.status === known.current) return
        known.current = status.status
        if (isOver(status.status)) source?.close()
        // Device, times and what the run made come with the page, not with the event.
        router.refresh()
      })
    }
    open()
    return () => {
      clearInterval(draw)
      clearTimeout(retry)
      source?.close()
      store.add(waiting)
    }
  }, [over, run.id, store, router])

  // The lines here end the log of which the page brought the marks: taking some of them twice changes nothing.
  const marks = useMemo(() => marksOf(logs, run.marks), [logs, run.marks])
  return { store, progress, logs, marks, sampledSteps, connected: connected || over }
}

/** Where the events come from that follow the last step (none yet: undefined) and the last log line (none yet: 0) seen. */
export function eventsAddress(runId: string, after: number | undefined, log: number): string {
  const seen = new URLSearchParams({ ...(after === undefined ? {} : { after: `${after}` }), log: `${log}` })
  return `/api/runs/${runId}/events?${seen}`
}

function listen<T>(source: EventSource, event: string, take: (data: T) => void) {
  source.addEventListener(event, (message) => take(JSON.parse((message as MessageEvent<string>).data)))
}
