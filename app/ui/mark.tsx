/** Whetstone's mark: a stone with a lit edge. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" className="shrink-0">
      <path d="M2 13.5 11.5 4 16 8.5 6.5 18Z" className="fill-line-strong" />
      <path d="M2 11 11.5 1.5 13.5 3.5 4 13Z" className="fill-spark" />
    </svg>
  )
}
