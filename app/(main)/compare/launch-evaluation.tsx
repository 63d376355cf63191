'use client'

import { ArrowLeftRight } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { NumberField } from '../../ui/field.tsx'
import { type Choice, Select } from '../../ui/select.tsx'
import { useAction } from '../../ui/use-action.ts'

const noJudge = 'none'

/** Lets two versions answer the same held-out prompts and has the answers judged. */
export function LaunchEvaluation({
  policies,
  rewards,
  start,
}: {
  policies: Choice[]
  rewards: Choice[]
  start: { a?: string; b?: string }
}) {
  const router = useRouter()
  const [a, setA] = useState(start.a ?? null)
  const [b, setB] = useState(start.b ?? null)
  const [reward, setReward] = useState(rewards[0]?.value ?? noJudge)
  const [prompts, setPrompts] = useState(100)
  const [length, setLength] = useState(48)
  const launch = useAction(async () => {
    const { id } = await request<{ id: string }>('POST', '/api/evaluations', {
      versionAId: a,
      versionBId: b,
      ...(reward !== noJudge && { rewardId: reward }),
      prompts,
      responseLength: length,
    })
    router.push(`/compare/${id}`)
  })
  const same = a !== null && a === b
  return (
    <section aria-label="New comparison" className="mb-8 rounded-md border border-line bg-surface p-4">
      <div className="grid items-end gap-4 sm:grid-cols-[1fr_auto_1fr]">
        <Select label="A, the old one" placeholder="Choose" value={a} onChange={setA} choices={policies} />
        <IconButton
          label="Swap"
          onPress={() => {
            setA(b)
            setB(a)
          }}
        >
          <ArrowLeftRight aria-hidden className="max-sm:rotate-90" />
        </IconButton>
        <Select label="B, the new one" placeholder="Choose" value={b} onChange={setB} choices={policies} />
      </div>
      <div className="mt-4 grid items-end gap-4 sm:grid-cols-[2fr_1fr_1fr_auto]">
        <Select
          label="Judged by the reward model"
          value={reward}
          onChange={setReward}
          choices={[...rewards, { value: noJudge, label: 'None, by the rubric only' }]}
        />
        <NumberField
          label="Held-out prompts"
          minValue={1}
          maxValue={10_000}
          value={prompts}
          onChange={setPrompts}
        />
        <NumberField
          label="Longest response"
          unit="tokens"
          minValue={1}
          maxValue={4096}
          value={length}
          onChange={setLength}
        />
        <Button
          kind="primary"
          isDisabled={!a || !b || same}
          isPending={launch.pending}
          onPress={() => void launch.run()}
        >
          Compare
        </Button>
      </div>
      {same && <p className="mt-3 text-13 text-ink-2">Choose two different versions.</p>}
      {launch.failure && (
        <div className="mt-3">
          <ErrorNotice failure={launch.failure} />
        </div>
      )}
    </section>
  )
}
