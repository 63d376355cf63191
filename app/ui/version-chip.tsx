import { Link } from './link.tsx'

export type ModelKind = 'POLICY' | 'REWARD'

export interface VersionLike {
  id: string
  name: string
  version: number
  kind?: ModelKind
}

/** A model version by name and number, in the colour of its kind; a link unless `plain`. */
export function VersionChip({ version, plain }: { version: VersionLike; plain?: boolean }) {
  const dot = version.kind === 'REWARD' ? 'bg-reward' : 'bg-policy'
  const content = (
    <>
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${dot}`} />
      <span className="truncate">{version.name}</span>
      <span className="shrink-0 font-mono text-13 text-ink-3">v{version.version}</span>
    </>
  )
  const look = 'inline-flex max-w-full items-center gap-1.5 align-bottom text-14'
  if (plain) return <span className={look}>{content}</span>
  return (
    <Link href={`/models/${version.id}`} className={`${look} no-underline! hover:underline!`}>
      {content}
    </Link>
  )
}

/** Where a completion came from: a version, an outside source, or unknown. */
export function OriginChip({
  modelVersion,
  source,
}: {
  modelVersion?: VersionLike | null
  source?: string | null
}) {
  if (modelVersion) return <VersionChip version={modelVersion} />
  return (
    <span className="inline-flex items-center gap-1.5 text-14">
      <span aria-hidden className="size-2 rounded-full bg-base" />
      {!source || source === 'import' ? 'Imported' : source}
    </span>
  )
}
