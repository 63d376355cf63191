import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { readWorkspace } from '#lib/workspace/read-workspace.ts'
import { requireActor } from '../../ui/actor.ts'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { load } from '../../ui/load.ts'
import { Markdown } from '../../ui/markdown.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Section } from '../../ui/section.tsx'
import { themeCookie, themeFrom } from '../../ui/theme.ts'
import { ThemeSwitch } from '../../ui/theme-switch.tsx'
import { WorkspaceForm } from './workspace-form.tsx'

export const metadata: Metadata = { title: 'Settings' }

export default async function Settings() {
  const actor = await requireActor()
  const { data: workspace, failure } = await load(() => readWorkspace(actor))
  const theme = themeFrom((await cookies()).get(themeCookie)?.value)
  return (
    <>
      <PageHeader title="Settings" />
      {failure && <ErrorNotice failure={failure} reload />}
      {workspace && actor.role === 'ADMIN' && (
        <WorkspaceForm name={workspace.name} guidelines={workspace.guidelines} />
      )}
      {workspace && actor.role !== 'ADMIN' && (
        <Section title={`Guidelines of ${workspace.name}`}>
          <div className="max-w-2xl rounded-md border border-line bg-surface p-4">
            {workspace.guidelines ? (
              <Markdown>{workspace.guidelines}</Markdown>
            ) : (
              <p className="text-ink-2">An administrator has written none yet.</p>
            )}
          </div>
        </Section>
      )}
      <Section title="Appearance">
        <ThemeSwitch initial={theme} words />
        <p className="mt-2 text-13 text-ink-3">For this browser only.</p>
      </Section>
    </>
  )
}
