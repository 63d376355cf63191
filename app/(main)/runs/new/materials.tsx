'use client'

import { isSampler, type LaunchKind } from '#lib/runs/run-kinds.ts'
import { TextField } from '../../../ui/field.tsx'
import { type Choice, Select } from '../../../ui/select.tsx'
import { SftFile } from './sft-file.tsx'

export interface Inputs {
  policyId?: string
  rewardId?: string
  datasetId?: string
  sftFile?: string
  split?: string
  tag?: string
  limit?: string
}

export interface MaterialsChoices {
  policies: Choice[]
  rewards: Choice[]
  datasets: Choice[]
}

const newModel = 'new'
const noModel = 'none'
const everySplit = 'ALL'

/** What a run starts from and reads: models, a dataset, a file, prompts. */
export function Materials({
  kind,
  choices,
  inputs,
  onChange,
}: {
  kind: LaunchKind
  choices: MaterialsChoices
  inputs: Inputs
  onChange: (inputs: Inputs) => void
}) {
  const set = (more: Inputs) => onChange({ ...inputs, ...more })
  const anySplit = kind === 'GENERATE' || kind === 'SCORE'
  const readsPrompts = isSampler(kind) || anySplit || (kind === 'SFT' && !inputs.sftFile)
  return (
    <fieldset className="border-t border-line pt-4">
      <legend className="float-left mb-3 w-full text-16 font-semibold">What it reads</legend>
      <div className="clear-both grid items-start gap-x-4 gap-y-5 sm:grid-cols-2 xl:grid-cols-3">
        {kind === 'SFT' && (
          <Select
            label="Start from"
            value={inputs.policyId ?? newModel}
            onChange={(id) => set({ policyId: id === newModel ? undefined : id })}
            choices={[{ value: newModel, label: 'A new model' }, ...choices.policies]}
          />
        )}
        {kind !== 'SFT' && kind !== 'SCORE' && (
          <Needed
            label={kind === 'REWARD' ? 'Start from the policy' : 'Policy'}
            name="policyId"
            value={inputs.policyId}
            choices={choices.policies}
            none="There is no policy yet: fine-tune or import one first."
            onChange={(policyId) => set({ policyId })}
          />
        )}
        {(isSampler(kind) || kind === 'SCORE') && (
          <Needed
            label="Reward model"
            name="rewardId"
            value={inputs.rewardId}
            choices={choices.rewards}
            none="There is no reward model yet: train one on a dataset first."
            onChange={(rewardId) => set({ rewardId })}
          />
        )}
        {(kind === 'REWARD' || kind === 'DPO') && (
          <Needed
            label="Dataset"
            name="datasetId"
            value={inputs.datasetId}
            choices={choices.datasets}
            none="There is no dataset yet: make one from rankings under Datasets."
            onChange={(datasetId) => set({ datasetId })}
          />
        )}
        {kind === 'DPO' && (
          <Select
            label="Reward model"
            name="rewardId"
            value={inputs.rewardId ?? noModel}
            onChange={(id) => set({ rewardId: id === noModel ? undefined : id })}
            choices={[{ value: noModel, label: 'None' }, ...choices.rewards]}
            description="Only scores the answers to held-out prompts, so that the run can be compared with PPO."
          />
        )}
        {kind === 'SFT' && (
          <SftFile hasFile={Boolean(inputs.sftFile)} onFile={(sftFile) => set({ sftFile })} />
        )}
        {readsPrompts && (
          <>
            {anySplit && (
              <Select
                label={kind === 'SCORE' ? 'Completions of' : 'Prompts'}
                value={inputs.split ?? everySplit}
                onChange={(split) => set({ split: split === everySplit ? undefined : split })}
                choices={[
                  { value: everySplit, label: 'All prompts' },
                  { value: 'TRAIN', label: 'Train prompts' },
                  { value: 'EVAL', label: 'Held-out prompts' },
                ]}
              />
            )}
            <TextField
              label="Prompts with the tag"
              value={inputs.tag ?? ''}
              onChange={(tag) => set({ tag })}
              description="Empty means all."
            />
            <TextField
              label="Most prompts"
              inputMode="numeric"
              value={inputs.limit ?? ''}
              onChange={(limit) => set({ limit })}
              validate={(text) => (/^\d*$/.test(text.trim()) ? null : 'A whole number.')}
              description="Empty means no limit."
            />
          </>
        )}
      </div>
    </fieldset>
  )
}

function Needed({
  none,
  ...props
}: {
  label: string
  name: string
  value?: string
  choices: Choice[]
  none: string
  onChange: (id: string) => void
}) {
  return (
    <Select
      {...props}
      value={props.value ?? null}
      isRequired
      isDisabled={props.choices.length === 0}
      placeholder="Choose"
      description={props.choices.length === 0 ? none : undefined}
    />
  )
}
