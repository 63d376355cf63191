'use client'

import { ErrorNotice } from '../ui/error-notice.tsx'

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string }
  reset: () => void
}) {
  return (
    <ErrorNotice
      retry={reset}
      failure={{
        code: 'INTERNAL',
        message: 'Something failed on the server.',
        hint: error.digest
          ? `Try again; if it happens again, look for ${error.digest} in the server's log.`
          : `Try again. ${error.message}`,
      }}
    />
  )
}
