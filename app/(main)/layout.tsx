import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { readWorkspace } from '#lib/workspace/read-workspace.ts'
import { Unsent } from '../(rank)/rank/unsent.tsx'
import { requireActor } from '../ui/actor.ts'
import { CommandPalette } from '../ui/command-palette.tsx'
import { BottomBar, Rail } from '../ui/rail.tsx'
import { railCookie, themeCookie, themeFrom } from '../ui/theme.ts'

export default async function MainLayout({ children }: { children: ReactNode }) {
  const actor = await requireActor({ annotators: true })
  const workspace = await readWorkspace(actor)
  const jar = await cookies()
  const person = { name: actor.name, email: actor.email, role: actor.role }
  return (
    <div className="flex">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-spark px-3 py-2 text-on-spark focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Rail
        person={person}
        workspace={workspace.name}
        theme={themeFrom(jar.get(themeCookie)?.value)}
        collapsed={jar.get(railCookie)?.value === 'narrow'}
      />
      <main
        id="content"
        tabIndex={-1}
        className="min-w-0 flex-1 px-4 pt-4 pb-24 outline-none sm:px-8 sm:pt-6 sm:pb-12"
      >
        <div className="mx-auto max-w-7xl">
          <Unsent userId={actor.userId} />
          {children}
        </div>
      </main>
      <BottomBar role={actor.role} />
      <CommandPalette role={actor.role} />
    </div>
  )
}
