import { parseArgs } from 'node:util'

export interface Settings {
  annotators: number
  rankings: number
  /** Annotators wanted for each comparison. */
  overlap: number
  /** Completions of each comparison. */
  size: number
  /** Mean milliseconds between an item's arrival and its submission, half to one and a half of it. */
  think: number
  /** Shares of gold and repeated items. */
  gold: number
  repeat: number
  /** Share of submissions whose connection is cut before the answer, and that are then sent again. */
  cut: number
  /** Share of submissions sent twice at once. */
  twice: number
  screen: boolean
  json: string | null
}

const usage = `Usage: npm run bench:queue [-- options]
  --annotators 200   simulated annotators at once
  --rankings 20000   rankings wanted in all
  --overlap 2        annotators for each comparison
  --size 2           completions of each comparison
  --think 4000       milliseconds an annotator takes for an item, on average
  --gold 0.05        share of gold items
  --repeat 0.05      share of repeated items
  --cut 0.01         share of submissions cut off before their answer and sent again
  --twice 0.01       share of submissions sent twice at once
  --no-screen        leave out the browser, which measures from Enter to the next item painted
  --json FILE        also write every figure there`

/** @throws Error with the usage when an option is unknown or no number */
export function readSettings(argv: string[]): Settings {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      annotators: { type: 'string', default: '200' },
      rankings: { type: 'string', default: '20000' },
      overlap: { type: 'string', default: '2' },
      size: { type: 'string', default: '2' },
      think: { type: 'string', default: '4000' },
      gold: { type: 'string', default: '0.05' },
      repeat: { type: 'string', default: '0.05' },
      cut: { type: 'string', default: '0.01' },
      twice: { type: 'string', default: '0.01' },
      screen: { type: 'boolean', default: true },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const number = (name: keyof typeof values, low: number, high: number) => {
    const value = Number(values[name])
    if (values[name] !== '' && value >= low && value <= high) return value
    throw new Error(`--${name} ${values[name]}: a number from ${low} to ${high} is wanted.\n${usage}`)
  }
  return {
    annotators: number('annotators', 1, 1000),
    rankings: number('rankings', 1, 1_000_000),
    overlap: number('overlap', 1, 100),
    size: number('size', 2, 9),
    think: number('think', 0, 600_000),
    gold: number('gold', 0, 0.5),
    repeat: number('repeat', 0, 0.5),
    cut: number('cut', 0, 0.5),
    twice: number('twice', 0, 0.5),
    screen: values.screen,
    json: values.json ?? null,
  }
}
