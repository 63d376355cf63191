'use client'

import { FileUp, Upload } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { DropZone, FileTrigger, isFileDropItem, Text } from 'react-aria-components'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { TextField } from '../../ui/field.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Tab, TabList, TabPanel, Tabs } from '../../ui/tabs.tsx'
import { useAction } from '../../ui/use-action.ts'
import { type ImportReport, importFile } from './import-lines.ts'
import { ReportView } from './report-view.tsx'

const example = `{"prompt": "My parcel should have come on Monday.", "completions": ["I am sorry. …"]}`

/** The button and the dialog: choose or paste, see it go, read the report line by line. */
export function ImportDialog() {
  const router = useRouter()
  const [isOpen, setOpen] = useState(false)
  const [tab, setTab] = useState('file')
  const [file, setFile] = useState<File | null>(null)
  const [text, setText] = useState('')
  const [tags, setTags] = useState('')
  const [progress, setProgress] = useState<{ share: number; report: ImportReport } | null>(null)
  const [report, setReport] = useState<ImportReport | null>(null)

  const send = useAction(async () => {
    const source = tab === 'file' ? file! : new Blob([text])
    const named = tags.split(',').map((tag) => tag.trim())
    setProgress(null)
    const whole = await importFile(source, named.filter(Boolean), (share, so) =>
      setProgress({ share, report: so }),
    )
    setReport(whole)
  })
  const change = (open: boolean) => {
    if (send.pending) return
    setOpen(open)
    if (open) return
    // Not before: on an empty page the refresh takes this dialog away, and its report with it.
    if (report) router.refresh()
    send.clear()
    setReport(null)
    setProgress(null)
    setFile(null)
    setText('')
  }
  const ready = tab === 'file' ? file !== null : text.trim() !== ''

  return (
    <>
      <Button kind="primary" onPress={() => setOpen(true)}>
        <Upload aria-hidden />
        Import
      </Button>
      <Dialog
        wide
        title={report ? 'Import report' : 'Import prompts'}
        lead={
          report ? undefined : 'One JSON object a line. Prompts that are here already are left as they are.'
        }
        isOpen={isOpen}
        onOpenChange={change}
        actions={
          report ? (
            <Button kind="primary" onPress={() => change(false)}>
              Done
            </Button>
          ) : (
            <>
              <Button isDisabled={send.pending} onPress={() => change(false)}>
                Cancel
              </Button>
              <Button
                kind="primary"
                isDisabled={!ready}
                isPending={send.pending}
                onPress={() => void send.run()}
              >
                Import
              </Button>
            </>
          )
        }
      >
        {report ? (
          <ReportView report={report} />
        ) : (
          <div className="flex flex-col gap-4">
            <Tabs selectedKey={tab} onSelectionChange={(key) => setTab(String(key))}>
              <TabList aria-label="Where the prompts are">
                <Tab id="file">File</Tab>
                <Tab id="paste">Paste</Tab>
              </TabList>
              <TabPanel id="file">
                <FileZone file={file} onChoose={setFile} />
              </TabPanel>
              <TabPanel id="paste">
                <TextField
                  label="JSONL"
                  rows={8}
                  monospace
                  placeholder={example}
                  value={text}
                  onChange={setText}
                />
              </TabPanel>
            </Tabs>
            <TextField
              label="Tags"
              description="For all of them, separated by commas; a line may name more."
              value={tags}
              onChange={setTags}
            />
            {send.pending && (
              <ProgressBar
                label={`${progress?.report.added ?? 0} added, ${progress?.report.refused ?? 0} refused`}
                share={progress?.share ?? 0}
              />
            )}
            {send.failure && <ErrorNotice failure={send.failure} />}
          </div>
        )}
      </Dialog>
    </>
  )
}

function FileZone({ file, onChoose }: { file: File | null; onChoose: (file: File) => void }) {
  return (
    <DropZone
      onDrop={async (event) => {
        const item = event.items.find(isFileDropItem)
        if (item) onChoose(await item.getFile())
      }}
      className="flex h-44 flex-col items-center justify-center gap-3 rounded-md border border-dashed border-line-strong data-drop-target:bg-hover"
    >
      <FileUp aria-hidden className="text-ink-3" />
      <Text slot="label" className="text-ink-2">
        {file ? `${file.name}, ${(file.size / 1024).toFixed(1)} KiB` : 'Drop a .jsonl file here'}
      </Text>
      <FileTrigger
        acceptedFileTypes={['.jsonl', '.ndjson', '.json', '.txt']}
        onSelect={(files) => files?.[0] && onChoose(files[0])}
      >
        <Button>{file ? 'Choose another' : 'Choose a file'}</Button>
      </FileTrigger>
    </DropZone>
  )
}
