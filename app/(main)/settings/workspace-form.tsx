'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { TextField } from '../../ui/field.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { Tab, TabList, TabPanel, Tabs } from '../../ui/tabs.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'

export function WorkspaceForm(stored: { name: string; guidelines: string }) {
  const router = useRouter()
  const [name, setName] = useState(stored.name)
  const [guidelines, setGuidelines] = useState(stored.guidelines)
  const changed = name !== stored.name || guidelines !== stored.guidelines
  const save = useAction(async () => {
    await request('PATCH', '/api/workspace', { name, guidelines })
    toast('Settings are saved')
    router.refresh()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save.run()
  }
  return (
    <Form onSubmit={submit} className="flex max-w-2xl flex-col gap-6">
      <TextField
        label="Workspace name"
        className="max-w-sm"
        isRequired
        maxLength={100}
        value={name}
        onChange={setName}
      />
      <Tabs>
        <TabList aria-label="Guidelines">
          <Tab id="write">Guidelines</Tab>
          <Tab id="preview">Preview</Tab>
        </TabList>
        <TabPanel id="write">
          <TextField
            label="What makes one answer better than another"
            description="Markdown. Annotators read it beside the queue with the key G."
            rows={14}
            value={guidelines}
            onChange={setGuidelines}
          />
        </TabPanel>
        <TabPanel id="preview">
          <div className="min-h-80 rounded-md border border-line bg-surface p-4">
            {guidelines.trim() ? (
              <Markdown>{guidelines}</Markdown>
            ) : (
              <p className="text-ink-2">Nothing is written yet.</p>
            )}
          </div>
        </TabPanel>
      </Tabs>
      {save.failure && <ErrorNotice failure={save.failure} />}
      <div>
        <Button kind="primary" type="submit" isDisabled={!changed} isPending={save.pending}>
          Save
        </Button>
      </div>
    </Form>
  )
}
