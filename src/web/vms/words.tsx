/** A sentence of the API: commands to type stand in back quotes there, and as code here. */
export function Words({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={part} className="berth-code">
        {part}
      </code>
    ),
  )
}
