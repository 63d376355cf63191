import BaseMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'

/** Markdown as written by people or models; raw HTML is shown as text. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className="prose-text">
      <BaseMarkdown remarkPlugins={[remarkGfm]}>{children}</BaseMarkdown>
    </div>
  )
}
