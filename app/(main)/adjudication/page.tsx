import { Gavel, Handshake } from 'lucide-react'
import type { Metadata } from 'next'
import { parseInput } from '#app/api/handle.ts'
import { listAdjudications, listAdjudicationsInput } from '#lib/adjudication/list-adjudications.ts'
import { listBatches } from '#lib/comparisons/list-batches.ts'
import { requireActor } from '../../ui/actor.ts'
import { LinkButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { FilterBar } from '../../ui/filter-bar.tsx'
import { LinkTabs } from '../../ui/link-tabs.tsx'
import { load } from '../../ui/load.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { type ListPageProps, listPath, pick } from '../../ui/query.ts'
import { AdjudicationTable } from './adjudication-table.tsx'

export const metadata: Metadata = { title: 'Adjudication' }

export default async function Adjudication({ searchParams }: ListPageProps) {
  const actor = await requireActor()
  const filters = pick(await searchParams, ['q', 'batch', 'state', 'all'])
  const { batch } = filters
  const done = filters.state === 'done'
  const { data, failure } = await load(() =>
    listAdjudications(actor, parseInput(listAdjudicationsInput, filters)),
  )
  const batches = await load(() => listBatches(actor))
  const nothing = data?.total === 0 && !filters.q && !batch && !filters.all
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Quality', href: '/quality' }]}
        title="Adjudication"
        lead="Comparisons that annotators ranked differently. Your decision takes the place of their rankings in datasets."
        actions={
          data &&
          data.total > 0 &&
          !done && (
            <LinkButton kind="primary" href={listPath('/adjudicate', { batch })}>
              <Gavel aria-hidden />
              Adjudicate
            </LinkButton>
          )
        }
      />
      <LinkTabs
        label="State"
        tabs={[
          { label: 'To decide', href: listPath('/adjudication', { batch }), current: !done },
          { label: 'Decided', href: listPath('/adjudication', { batch, state: 'done' }), current: done },
        ]}
      />
      {failure && <ErrorNotice failure={failure} reload />}
      {data && nothing && (done ? <NothingDecided /> : <NothingToDecide />)}
      {data && !nothing && (
        <>
          <FilterBar
            search="Search prompts"
            filters={[
              {
                name: 'batch',
                label: 'Batch',
                any: 'Any batch',
                choices: (batches.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
              },
              ...(done
                ? []
                : [
                    {
                      name: 'all',
                      label: 'Rankings still to come',
                      any: 'Fully ranked',
                      choices: [{ value: 'true', label: 'Also still being ranked' }],
                    },
                  ]),
            ]}
            total={data.total}
            noun={['comparison', 'comparisons']}
          />
          <AdjudicationTable first={data} path={listPath('/api/adjudications', filters)} done={done} />
        </>
      )}
    </>
  )
}

function NothingToDecide() {
  return (
    <EmptyState
      icon={<Handshake aria-hidden />}
      title="Nothing to decide"
      action={
        <>
          <LinkButton href="/adjudication?all=true">Show those still being ranked</LinkButton>
          <LinkButton href="/quality">See how much people agree</LinkButton>
        </>
      }
    >
      When two annotators or more have ranked a comparison and differ, it stands here, worst first. Let two
      annotators or more rank each comparison of a batch to learn where people differ.
    </EmptyState>
  )
}

function NothingDecided() {
  return (
    <EmptyState icon={<Gavel aria-hidden />} title="Nothing decided yet">
      Comparisons that a researcher has decided stand here, with who decided and when.
    </EmptyState>
  )
}
