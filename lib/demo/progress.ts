import { Presets, SingleBar } from 'cli-progress'

export interface Bar {
  update(done: number, total: number, note?: string): void
  /** Ends the line, saying what came of it. */
  finish(note: string): void
}

/** A progress bar on a terminal; elsewhere a plain line every ten seconds. */
export function startBar(title: string): Bar {
  return process.stdout.isTTY ? terminalBar(title) : plainBar(title)
}

const label = (title: string) => title.padEnd(22)

function terminalBar(title: string): Bar {
  const format = `  ${label(title)} {bar} {percentage}% {note}`
  const bar = new SingleBar({ format, barsize: 28, hideCursor: true }, Presets.shades_classic)
  let lastNote = ''
  bar.start(1, 0, { note: '' })
  return {
    update(done, total, note) {
      lastNote = note ?? lastNote
      bar.setTotal(Math.max(1, total))
      bar.update(done, { note: lastNote })
    },
    finish(note) {
      bar.update(bar.getTotal(), { note })
      bar.stop()
    },
  }
}

function plainBar(title: string): Bar {
  let said = Date.now()
  console.log(`  ${label(title)} …`)
  return {
    update(done, total, note) {
      if (Date.now() - said < 10_000) return
      said = Date.now()
      console.log(`  ${label(title)} ${done}/${total}${note ? `  ${note}` : ''}`)
    },
    finish(note) {
      console.log(`  ${label(title)} ${note}`)
    },
  }
}
