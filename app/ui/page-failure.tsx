import type { Failure } from './api.ts'
import { ErrorNotice } from './error-notice.tsx'
import { PageHeader } from './page-header.tsx'

/** The whole of a page whose subject could not be loaded. */
export function PageFailure({ failure }: { failure: Failure }) {
  return (
    <>
      <PageHeader title="This could not be loaded" />
      <ErrorNotice failure={failure} reload />
    </>
  )
}
