'use client'

import { Sparkles } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NumberField, TextField } from '../../ui/field.tsx'
import { Link } from '../../ui/link.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { useAction } from '../../ui/use-action.ts'
import type { VersionLike } from '../../ui/version-chip.tsx'

const splits = [
  { value: 'ALL', label: 'All prompts' },
  { value: 'TRAIN', label: 'Train prompts' },
  { value: 'EVAL', label: 'Held-out prompts' },
]

/** Launches a GENERATE run: a version writes K completions for each prompt chosen. */
export function GenerateDialog({ policies, tag }: { policies: VersionLike[]; tag?: string }) {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [chosenId, setPolicyId] = useState('')
  const [each, setEach] = useState(4)
  const [temperature, setTemperature] = useState(1)
  const [length, setLength] = useState(48)
  const [split, setSplit] = useState('TRAIN')
  const [limit, setLimit] = useState(Number.NaN)
  const policyId = chosenId || (policies[0]?.id ?? '')
  const [onlyTag, setOnlyTag] = useState(tag ?? '')

  const launch = useAction(async () => {
    const policy = policies.find(({ id }) => id === policyId)!
    const { run } = await request<{ run: { id: string } }>('POST', '/api/runs', {
      kind: 'GENERATE',
      name: `${policy.name} v${policy.version}, ${each} each`,
      policyId,
      config: { completionsPerPrompt: each, temperature, responseLength: length },
      promptFilter: {
        ...(split !== 'ALL' && { split }),
        ...(onlyTag.trim() && { tag: onlyTag.trim() }),
        ...(Number.isFinite(limit) && { limit }),
      },
    })
    setOpen(false)
    toast('Generation is queued', 'The completions appear under their prompts when the run is done.')
    router.push(`/runs/${run.id}`)
  })

  return (
    <>
      <Button onPress={() => setOpen(true)}>
        <Sparkles aria-hidden />
        Generate completions
      </Button>
      <Dialog
        title="Generate completions"
        lead="A version of the policy answers the prompts; what it writes can then be compared and ranked."
        isOpen={isOpen}
        onOpenChange={setOpen}
        actions={
          <>
            <Button onPress={() => setOpen(false)}>Cancel</Button>
            <Button
              kind="primary"
              isDisabled={!policyId}
              isPending={launch.pending}
              onPress={() => void launch.run()}
            >
              Generate
            </Button>
          </>
        }
      >
        {policies.length === 0 ? (
          <p className="text-ink-2">
            There is no policy yet. <Link href="/runs/new?kind=SFT">Fine-tune one</Link> on imported
            completions, or <Link href="/models">import a model</Link>.
          </p>
        ) : (
          <div className="grid grid-cols-2 gap-4">
            <Select
              label="Model version"
              className="col-span-2"
              value={policyId}
              onChange={setPolicyId}
              choices={policies.map(({ id, name, version }) => ({ value: id, label: `${name} v${version}` }))}
            />
            <NumberField
              label="Completions a prompt"
              minValue={1}
              maxValue={64}
              value={each}
              onChange={setEach}
            />
            <NumberField
              label="Temperature"
              minValue={0.05}
              maxValue={5}
              step={0.05}
              value={temperature}
              onChange={setTemperature}
            />
            <NumberField
              label="Longest response"
              unit="tokens"
              minValue={1}
              maxValue={4096}
              value={length}
              onChange={setLength}
            />
            <NumberField
              label="At most"
              unit="prompts"
              description="Empty means all."
              minValue={1}
              value={limit}
              onChange={setLimit}
            />
            <Select label="Prompts" value={split} onChange={setSplit} choices={splits} />
            <TextField label="With the tag" value={onlyTag} onChange={setOnlyTag} />
            {launch.failure && (
              <div className="col-span-2">
                <ErrorNotice failure={launch.failure} />
              </div>
            )}
          </div>
        )}
      </Dialog>
    </>
  )
}
