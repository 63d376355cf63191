/** '3', or '1 to 3'. */
export function rangeWords({ low, high }: { low: number; high: number }): string {
  return low === high ? String(low) : `${low} to ${high}`
}
