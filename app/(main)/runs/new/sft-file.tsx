'use client'

import { FileUp, X } from 'lucide-react'
import { useState } from 'react'
import { FileTrigger } from 'react-aria-components'
import { Button, IconButton } from '../../../ui/button.tsx'

const largest = 50 * 1024 * 1024

/** Examples to learn from as a file; without one, the imported completions of the prompts are used. */
export function SftFile({
  hasFile,
  onFile,
}: {
  hasFile: boolean
  onFile: (text: string | undefined) => void
}) {
  const [said, setSaid] = useState<{ name: string; problem?: string } | null>(null)
  const choose = async (files: FileList | null) => {
    const file = files?.[0]
    if (!file) return
    if (file.size > largest) {
      setSaid({ name: file.name, problem: 'The file is larger than 50 MB.' })
      return
    }
    const text = await file.text()
    const problem = problemOfLines(text)
    setSaid({ name: file.name, problem: problem ?? undefined })
    onFile(problem ? undefined : text)
  }
  return (
    <div className="flex flex-col gap-1">
      <span className="text-13 font-medium">Examples</span>
      <div className="flex items-center gap-2">
        <FileTrigger acceptedFileTypes={['.jsonl', '.json', '.txt']} onSelect={choose}>
          <Button>
            <FileUp aria-hidden />
            {hasFile ? 'Another file' : 'Upload a file'}
          </Button>
        </FileTrigger>
        {hasFile && said && (
          <>
            <span className="min-w-0 truncate text-13">{said.name}</span>
            <IconButton
              size="small"
              label="Do without the file"
              onPress={() => {
                setSaid(null)
                onFile(undefined)
              }}
            >
              <X aria-hidden />
            </IconButton>
          </>
        )}
      </div>
      {said?.problem && (
        <p role="alert" className="text-13 text-danger">
          {said.problem}
        </p>
      )}
      <p className="text-13 text-ink-3">
        JSONL, one {'{ "prompt": …, "completion": … }'} a line. Without a file, the imported completions of
        the train prompts are learned.
      </p>
    </div>
  )
}

/** The first line that is not an example, in words; null when all are. */
function problemOfLines(text: string): string | null {
  const lines = text.split('\n')
  let examples = 0
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const example = parsed(line)
    if (!example || example.prompt === undefined || typeof example.completion !== 'string')
      return `Line ${index + 1} is not an object with "prompt" and "completion".`
    examples++
  }
  return examples === 0 ? 'The file has no examples.' : null
}

function parsed(line: string): { prompt?: unknown; completion?: unknown } | null {
  try {
    return JSON.parse(line)
  } catch {
    // Not JSON is one of the answers: the caller names the line.
    return null
  }
}
