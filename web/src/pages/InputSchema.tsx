// A JSON schema of a machine's input, given by the user: the form is made of it. Kept in this browser.

import { useRef, useState } from "react";
import { fieldsOfSchema } from "../asl/inputs";
import { Code } from "../code/Code";
import { plural } from "../lib/format";
import { readJson, type Json } from "../lib/json";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Dialog } from "../ui/parts";

export function rememberedSchema(base: string): Json | null {
  return readJson(memory.get(`schema ${base}`) ?? "null").value ?? null;
}

export function InputSchema({ base, schema, onClose, onChange }: { base: string; schema: Json | null; onClose: () => void; onChange: (schema: Json | null) => void }) {
  const [text, setText] = useState(() => (schema === null ? "" : JSON.stringify(schema, null, 2)));
  const file = useRef<HTMLInputElement>(null);
  const read = readJson(text);
  const fields = read.value === undefined ? [] : fieldsOfSchema(read.value);
  const keep = (next: Json | null) => {
    memory.set(`schema ${base}`, next === null ? null : JSON.stringify(next));
    onChange(next);
  };
  const said = text.trim() === "" ? "Paste a schema, or open a file." : read.problem !== undefined ? `${read.problem}: line ${read.line}, column ${read.column}` : fields.length ? `${plural(fields.length, "field")}.` : "It describes no members of an object.";
  return (
    <Dialog
      title="JSON schema of the input"
      onClose={onClose}
      foot={
        <>
          <button type="button" className="btn" onClick={() => file.current!.click()}><Icon name="list" size={14} />Open a file</button>
          <input ref={file} type="file" accept=".json,application/json" hidden aria-label="File with a schema" onChange={(event) => { void event.target.files?.[0]?.text().then(setText); event.target.value = ""; }} />
          <span className="grow" />
          {schema !== null && <button type="button" className="btn danger" onClick={() => keep(null)}>Forget it</button>}
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" className="btn primary" disabled={!fields.length} onClick={() => keep(read.value!)}>Use</button>
        </>
      }
    >
      <p>The form has a field for each property, with its type, values, default and description. Without a schema it has what the definition reads. Nothing is checked against the schema, as Step Functions checks nothing. It is kept in this browser.</p>
      <Code text={text} label="Schema" autoFocus height={260} onChange={setText} />
      <p className={text.trim() && !fields.length ? "wrong" : "hint"} role="status">{said}</p>
    </Dialog>
  );
}
