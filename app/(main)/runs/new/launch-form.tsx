'use client'

import { useRouter } from 'next/navigation'
import { useMemo, useState } from 'react'
import { Form } from 'react-aria-components'
import type { LaunchKind } from '#lib/runs/run-kinds.ts'
import { type Failure, request } from '../../../ui/api.ts'
import { runKindWord } from '../../../ui/badge.tsx'
import { Button } from '../../../ui/button.tsx'
import { ErrorNotice } from '../../../ui/error-notice.tsx'
import { TextField } from '../../../ui/field.tsx'
import { toast } from '../../../ui/toast.tsx'
import { useAction } from '../../../ui/use-action.ts'
import { configOf, type FormField, type FormSchema, fieldsOf, initialValues } from './form-fields.ts'

import { type Inputs, Materials, type MaterialsChoices } from './materials.tsx'
import { Settings } from './settings.tsx'

export interface Start {
  name?: string
  config?: Record<string, unknown>
  seed?: number
  inputs: Inputs
}

/** What a run is launched with: what it reads, then the recipe's own settings, drawn from its schema. */
export function LaunchForm({
  kind,
  schema,
  choices,
  start,
}: {
  kind: LaunchKind
  schema: FormSchema
  choices: MaterialsChoices
  start: Start
}) {
  const router = useRouter()
  const fields = useMemo(() => fieldsOf(schema), [schema])
  const [name, setName] = useState(start.name ?? '')
  const [seed, setSeed] = useState(String(start.seed ?? 1))
  const [values, setValues] = useState(() => initialValues(fields, start.config))
  const [inputs, setInputs] = useState(start.inputs)
  const asked = fields.filter((field) => isOfUse(field, kind, inputs))

  const launch = useAction(async () => {
    const { run } = await request<{ run: { id: string } }>('POST', '/api/runs', {
      kind,
      name: name.trim(),
      config: configOf(asked, values),
      seed: Number(seed),
      ...bodyOf(inputs),
    })
    toast('The run is queued')
    router.push(`/runs/${run.id}`)
  })
  const errors = errorsOf(launch.failure, ['name', ...asked.map((field) => field.name)])

  return (
    <Form
      validationErrors={errors}
      onSubmit={(event) => {
        event.preventDefault()
        void launch.run()
      }}
      className="flex flex-col gap-8"
    >
      <section className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <TextField
          label="Name"
          name="name"
          isRequired
          value={name}
          onChange={setName}
          placeholder={`${runKindWord(kind)}, round 1`}
        />
        <TextField
          label="Seed"
          name="seed"
          inputMode="numeric"
          value={seed}
          onChange={setSeed}
          validate={(text) => (/^\d{1,9}$/.test(text.trim()) ? null : 'A whole number, 0 or more.')}
          description="Every random choice of the run is drawn from this number."
        />
      </section>
      <Materials kind={kind} choices={choices} inputs={inputs} onChange={setInputs} />
      <Settings
        fields={asked}
        values={values}
        wrong={Object.keys(errors)}
        onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))}
      />
      <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-canvas px-4 py-3 max-sm:bottom-14">
        {launch.failure && (
          <div className="min-w-0 basis-full">
            <ErrorNotice failure={launch.failure} />
          </div>
        )}
        <Button onPress={() => router.back()}>Cancel</Button>
        <Button kind="primary" type="submit" isPending={launch.pending}>
          Launch
        </Button>
      </div>
    </Form>
  )
}

/** A model that is given has its own shape; a new one has nothing for an adapter to learn beside; what is not scored is not sampled. */
function isOfUse({ name, group }: FormField, kind: LaunchKind, { policyId, rewardId }: Inputs): boolean {
  if (kind === 'SFT') return !name.startsWith(policyId ? 'model.' : 'lora.')
  if (kind === 'DPO' && !rewardId) return group !== 'Reward' && group !== 'Rollout' && name !== 'evalPrompts'
  return true
}

function bodyOf({ split, tag, limit, ...inputs }: Inputs) {
  const promptFilter = {
    ...(split && { split }),
    ...(tag?.trim() && { tag: tag.trim() }),
    ...(limit?.trim() && { limit: Number(limit) }),
  }
  return { ...inputs, ...(Object.keys(promptFilter).length > 0 && { promptFilter }) }
}

/** The server names the setting that is wrong in its message: say it at that field too. */
function errorsOf(failure: Failure | null, names: string[]): Record<string, string> {
  if (!failure) return {}
  const named = names.filter((name) =>
    new RegExp(`\\b${name.replaceAll('.', '\\.')}\\b`).test(failure.message),
  )
  const longest = named.sort((a, b) => b.length - a.length)[0]
  return longest ? { [longest]: failure.hint || failure.message } : {}
}
