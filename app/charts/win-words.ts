import { formatNumber } from '../ui/quantity.tsx'

export interface WinRate {
  wins: number
  losses: number
  ties: number
  /** B's share, ties half a win; with its 95 % interval. */
  winRate: number
  low: number
  high: number
  /** Prompts judged. */
  n: number
}

/** '84 % [79, 88]' */
export function winRateWords({ winRate, low, high }: Pick<WinRate, 'winRate' | 'low' | 'high'>): string {
  const percent = (share: number) => formatNumber(share * 100, 0)
  return `${percent(winRate)} % [${percent(low)}, ${percent(high)}]`
}
