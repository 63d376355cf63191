export type Colour = 'policy' | 'reward' | 'reference' | 'base' | 'ink-2' | 'danger'

export interface PanelSeries {
  metric: string
  label: string
  colour: Colour
}

export interface Panel {
  title: string
  unit?: string
  /** What a reader should look for. */
  help: string
  series: PanelSeries[]
  /** What the curve is steered to, drawn as a dashed line. */
  target?: number
  /** What a guard does not want crossed, drawn as dashed lines of alarm. */
  limits?: number[]
  /** The guard whose alarms are marked in it, such as guard/kl. */
  guard?: string
}

export interface PanelSection {
  title: string
  panels: Panel[]
  /** Details that unfold when they are asked for. */
  folded?: boolean
}

/** A run's settings, from which targets and limits are drawn. */
export type Settings = Readonly<Record<string, unknown>>
