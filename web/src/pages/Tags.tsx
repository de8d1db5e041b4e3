// Tags of a resource: shown as a table, edited as one.

import { useState } from "react";
import type { Tag } from "../aws/types";
import { Icon } from "../ui/Icon";
import { Bones, Dialog, toast, useAction } from "../ui/parts";

/** `onSave` gets the tags to set and the keys to remove. */
export function Tags({ tags, onSave }: { tags: Tag[] | undefined; onSave: (set: Tag[], removed: string[]) => Promise<void> }) {
  const [editing, setEditing] = useState(false);
  return (
    <section className="card" aria-labelledby="tags-title">
      <div className="card-head"><h2 id="tags-title" className="grow">Tags</h2><button type="button" className="btn small" disabled={!tags} onClick={() => setEditing(true)}><Icon name="edit" size={13} />Edit</button></div>
      {!tags ? <Bones rows={2} /> : tags.length === 0 ? <p className="faint padded">No tags.</p> : (
        <table className="table">
          <thead><tr><th>Key</th><th>Value</th></tr></thead>
          <tbody>{tags.map(({ key, value }) => <tr key={key}><td className="tight">{key}</td><td className="break">{value}</td></tr>)}</tbody>
        </table>
      )}
      {editing && tags && <Editor tags={tags} onSave={onSave} onClose={() => setEditing(false)} />}
    </section>
  );
}

function Editor({ tags, onSave, onClose }: { tags: Tag[]; onSave: (set: Tag[], removed: string[]) => Promise<void>; onClose: () => void }) {
  const [rows, setRows] = useState<Tag[]>([...tags, { key: "", value: "" }]);
  const named = rows.filter(({ key }) => key);
  const double = named.find(({ key }, index) => named.findIndex((other) => other.key === key) !== index);
  const problem = double ? `There are two tags with the key ${double.key}.` : rows.some(({ key, value }) => !key && value) ? "A value has no key." : named.length > 50 ? "At most 50 tags." : null;
  const [save, busy] = useAction(async () => {
    const set = named.filter(({ key, value }) => !tags.some((tag) => tag.key === key && tag.value === value));
    const removed = tags.map(({ key }) => key).filter((key) => !named.some((tag) => tag.key === key));
    await onSave(set, removed);
    toast("Saved the tags");
    onClose();
  });
  const change = (index: number, field: keyof Tag, text: string) => {
    const next = rows.map((row, number) => (number === index ? { ...row, [field]: text } : row));
    setRows(next.at(-1)!.key ? [...next, { key: "", value: "" }] : next);
  };
  return (
    <Dialog
      title="Tags"
      narrow
      onClose={onClose}
      foot={<><span className="grow wrong" role="status">{problem}</span><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" disabled={busy || problem !== null} onClick={save}>Save</button></>}
    >
      <div className="stack" style={{ gap: 8 }}>
        {rows.map(({ key, value }, index) => (
          <div key={index} className="row">
            <input className="input" aria-label={`Key ${index + 1}`} placeholder="Key" maxLength={128} value={key} data-autofocus={index === rows.length - 1 || undefined} onChange={(event) => change(index, "key", event.target.value)} />
            <input className="input" aria-label={`Value ${index + 1}`} placeholder="Value" maxLength={256} value={value} onChange={(event) => change(index, "value", event.target.value)} />
            <button type="button" className="btn quiet icon small" aria-label={`Remove tag ${index + 1}`} disabled={index === rows.length - 1} onClick={() => setRows(rows.filter((_, number) => number !== index))}><Icon name="cross" size={14} /></button>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
