export default function Loading() {
  return <div role="status" aria-label="Loading" className="min-h-dvh" />
}
