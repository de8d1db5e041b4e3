// A field for a program: Enter keeps the indentation. Tab stays the key that leaves the field.

interface Props {
  id?: string;
  label?: string;
  text: string;
  rows?: number;
  onChange: (text: string) => void;
}

export function Source({ id, label, text, rows, onChange }: Props) {
  const keys = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    const field = event.currentTarget;
    const before = field.value.slice(0, field.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const indent = /^[ \t]*/.exec(line)![0] + (/[:{([]\s*$/.test(line) ? (line.startsWith("\t") ? "\t" : text.includes("\n    ") ? "    " : "  ") : "");
    if (!indent) return;
    event.preventDefault();
    // Inserted the way typing is, so that undo knows it.
    document.execCommand("insertText", false, `\n${indent}`);
  };
  return <textarea id={id} aria-label={label} className="input mono source" rows={rows} value={text} spellCheck={false} autoCapitalize="off" autoComplete="off" wrap="off" onKeyDown={keys} onChange={(event) => onChange(event.target.value)} />;
}
