'use client'

import { ChartLine, CornerDownLeft, Package } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import {
  Autocomplete,
  Menu as BaseMenu,
  Dialog,
  Header,
  Input,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components'
import { type Failure, failureFrom, request } from './api.ts'
import { RunKindBadge, type RunKind as RunKindName } from './badge.tsx'
import { placesFor } from './navigation.ts'
import { itemClass } from './select.tsx'
import type { VersionLike } from './version-chip.tsx'

const openEvent = 'whetstone:palette'

/** Opens the palette from a button. */
export function openPalette() {
  window.dispatchEvent(new Event(openEvent))
}

interface RunLike {
  id: string
  name: string
  kind: RunKindName
}

interface Found {
  runs: RunLike[]
  versions: VersionLike[]
}

async function everything(): Promise<Found> {
  const [runs, versions] = await Promise.all([
    request<{ items: RunLike[] }>('GET', '/api/runs?limit=100'),
    request<{ items: VersionLike[] }>('GET', '/api/models?limit=100'),
  ])
  return { runs: runs.items, versions: versions.items }
}

/** ⌘K or Ctrl+K: every page, run and model version, by name. */
export function CommandPalette({ role }: { role: string }) {
  const [isOpen, setOpen] = useState(false)
  const [found, setFound] = useState<Found>({ runs: [], versions: [] })
  const [failure, setFailure] = useState<Failure | null>(null)
  const { contains } = useFilter({ sensitivity: 'base' })

  useEffect(() => {
    const open = () => setOpen(true)
    const toggle = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.altKey) return
      event.preventDefault()
      setOpen((now) => !now)
    }
    window.addEventListener(openEvent, open)
    window.addEventListener('keydown', toggle)
    return () => {
      window.removeEventListener(openEvent, open)
      window.removeEventListener('keydown', toggle)
    }
  }, [])

  useEffect(() => {
    if (!isOpen || role === 'ANNOTATOR') return
    setFailure(null)
    everything().then(setFound, (error) => setFailure(failureFrom(error)))
  }, [isOpen, role])

  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={setOpen}
      isDismissable
      className="fixed inset-0 z-50 flex items-start justify-center bg-backdrop p-4 pt-[12vh]"
    >
      <Modal className="flex max-h-[60vh] w-full max-w-lg rounded-md border border-line bg-surface shadow-overlay">
        <Dialog aria-label="Go to anything" className="flex min-h-0 w-full flex-col outline-none">
          <Autocomplete filter={contains}>
            <SearchField aria-label="Page, run or version" autoFocus className="border-b border-line">
              <Input
                placeholder="Page, run or version"
                className="h-11 w-full bg-transparent px-4 text-16 outline-none placeholder:text-ink-3 [&::-webkit-search-cancel-button]:hidden"
              />
            </SearchField>
            <BaseMenu
              aria-label="Results"
              onAction={() => setOpen(false)}
              className="min-h-0 flex-1 overflow-y-auto p-1 outline-none"
              renderEmptyState={() => <p className="p-3 text-ink-2">Nothing has that name.</p>}
            >
              <PaletteSection title="Pages">
                {placesFor(role, false).map(({ href, label, icon: Icon }) => (
                  <PaletteItem key={href} href={href} name={label}>
                    <Icon aria-hidden className="text-ink-3" />
                    <span className="flex-1">{label}</span>
                  </PaletteItem>
                ))}
              </PaletteSection>
              {found.runs.length > 0 && (
                <PaletteSection title="Runs">
                  {found.runs.map((run) => (
                    <PaletteItem key={run.id} href={`/runs/${run.id}`} name={run.name}>
                      <ChartLine aria-hidden className="text-ink-3" />
                      <span className="min-w-0 flex-1 truncate">{run.name}</span>
                      <RunKindBadge kind={run.kind} />
                    </PaletteItem>
                  ))}
                </PaletteSection>
              )}
              {found.versions.length > 0 && (
                <PaletteSection title="Model versions">
                  {found.versions.map((version) => (
                    <PaletteItem
                      key={version.id}
                      href={`/models/${version.id}`}
                      name={`${version.name} v${version.version}`}
                    >
                      <Package
                        aria-hidden
                        className={version.kind === 'REWARD' ? 'text-reward' : 'text-policy'}
                      />
                      <span className="min-w-0 flex-1 truncate">{version.name}</span>
                      <span className="font-mono text-13 text-ink-3">v{version.version}</span>
                    </PaletteItem>
                  ))}
                </PaletteSection>
              )}
            </BaseMenu>
          </Autocomplete>
          {failure && (
            <p role="alert" className="border-t border-line px-4 py-2 text-13 text-danger">
              Runs and versions could not be listed: {failure.message} {failure.hint}
            </p>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function PaletteSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <MenuSection>
      <Header className="px-2 pt-2 pb-1 text-13 text-ink-3">{title}</Header>
      {children}
    </MenuSection>
  )
}

function PaletteItem({ href, name, children }: { href: string; name: string; children: ReactNode }) {
  return (
    <MenuItem id={href} href={href} textValue={name} className={`group ${itemClass}`}>
      {children}
      <CornerDownLeft aria-hidden className="invisible text-ink-3 group-data-focused:visible" />
    </MenuItem>
  )
}
