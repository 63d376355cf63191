'use client'

import { usePathname } from 'next/navigation'
import { Tab, TabList, Tabs } from '../../ui/tabs.tsx'

/** Submitted or skipped, in the address. */
export function StatusTabs({ status }: { status: 'submitted' | 'skipped' }) {
  const path = usePathname()
  return (
    <Tabs selectedKey={status} className="mb-3">
      <TabList aria-label="Which answers">
        <Tab id="submitted" href={path}>
          Submitted
        </Tab>
        <Tab id="skipped" href={`${path}?status=skipped`}>
          Skipped
        </Tab>
      </TabList>
    </Tabs>
  )
}
