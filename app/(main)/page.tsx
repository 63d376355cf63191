import type { Metadata } from 'next'
import { overview } from '#lib/home/overview.ts'
import { requireActor } from '../ui/actor.ts'
import { LinkButton } from '../ui/button.tsx'
import { ErrorNotice } from '../ui/error-notice.tsx'
import { load } from '../ui/load.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { Section } from '../ui/section.tsx'
import { Loop } from './loop.tsx'
import { RecentRuns } from './recent-runs.tsx'

export const metadata: Metadata = { title: 'Home' }

export default async function Home() {
  const actor = await requireActor()
  const { data: home, failure } = await load(() => overview(actor))
  return (
    <>
      <PageHeader title="Home" lead={home?.next?.reason} />
      {failure && <ErrorNotice failure={failure} reload />}
      {home && (
        <>
          <Loop nodes={home.nodes} next={home.next} />
          <Section
            title="Recent runs"
            actions={
              <LinkButton href="/runs" kind="quiet" size="small">
                All runs
              </LinkButton>
            }
          >
            <RecentRuns runs={home.runs} />
          </Section>
        </>
      )}
    </>
  )
}
