'use client'

import { FolderInput } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { request } from '../../ui/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { TextField } from '../../ui/field.tsx'
import { Select } from '../../ui/select.tsx'
import { useAction } from '../../ui/use-action.ts'

/** Takes in a Hugging Face folder that lies on the server's disk. */
export function ImportDialog() {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [kind, setKind] = useState('POLICY')
  const [path, setPath] = useState('')
  const take = useAction(async () => {
    const { id } = await request<{ id: string }>('POST', '/api/models/import', {
      name: name.trim(),
      kind,
      path: path.trim(),
    })
    setOpen(false)
    router.push(`/models/${id}`)
  })
  return (
    <>
      <Button onPress={() => setOpen(true)}>
        <FolderInput aria-hidden /> Import a model
      </Button>
      <Dialog
        title="Import a model"
        lead="A folder in the format of Hugging Face: config.json, model.safetensors, tokenizer.json."
        isOpen={isOpen}
        onOpenChange={setOpen}
        actions={
          <>
            <Button onPress={() => setOpen(false)}>Cancel</Button>
            <Button
              kind="primary"
              isDisabled={!name.trim() || !path.trim()}
              isPending={take.pending}
              onPress={() => void take.run()}
            >
              Import
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          <TextField label="Name" value={name} onChange={setName} />
          <Select
            label="Kind"
            value={kind}
            onChange={setKind}
            choices={[
              { value: 'POLICY', label: 'Policy', description: 'Writes completions' },
              { value: 'REWARD', label: 'Reward model', description: 'Scores completions' },
            ]}
          />
          <TextField
            label="Folder on the server"
            monospace
            value={path}
            onChange={setPath}
            placeholder="/models/gpt2"
            description="It is copied into Whetstone’s storage."
          />
          {take.failure && <ErrorNotice failure={take.failure} />}
        </div>
      </Dialog>
    </>
  )
}
