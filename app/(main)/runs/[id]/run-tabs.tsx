'use client'

import { isSampler } from '#lib/runs/run-kinds.ts'
import { Tab, TabList, TabPanel, Tabs } from '../../../ui/tabs.tsx'
import type { RunDetail } from '../types.ts'
import { ConfigTab } from './config-tab.tsx'
import { LineageTab } from './lineage-tab.tsx'
import { LogTab } from './log-tab.tsx'
import { SamplesTab } from './samples-tab.tsx'
import type { RunStream } from './use-run-stream.ts'

export function RunTabs({ run, stream }: { run: RunDetail; stream: RunStream }) {
  const hasSamples = isSampler(run.kind) || run.kind === 'SFT'
  return (
    <Tabs className="mt-8" defaultSelectedKey={hasSamples ? 'samples' : 'log'}>
      <TabList aria-label="Parts of the run">
        {hasSamples && <Tab id="samples">Samples</Tab>}
        <Tab id="log">Log</Tab>
        <Tab id="config">Config</Tab>
        <Tab id="lineage">Lineage</Tab>
      </TabList>
      {hasSamples && (
        <TabPanel id="samples">
          <SamplesTab runId={run.id} newSteps={stream.sampledSteps} />
        </TabPanel>
      )}
      <TabPanel id="log">
        <LogTab lines={stream.logs} />
      </TabPanel>
      <TabPanel id="config">
        <ConfigTab run={run} />
      </TabPanel>
      <TabPanel id="lineage">
        <LineageTab run={run} />
      </TabPanel>
    </Tabs>
  )
}
