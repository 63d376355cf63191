'use client'

import { ErrorNotice } from './ui/error-notice.tsx'
import './globals.css'

export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body className="mx-auto max-w-lg p-8">
        <ErrorNotice
          retry={reset}
          failure={{ code: 'INTERNAL', message: 'Whetstone could not be drawn.', hint: 'Try again.' }}
        />
      </body>
    </html>
  )
}
