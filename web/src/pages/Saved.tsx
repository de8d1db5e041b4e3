// Texts by name (inputs, events), kept in this browser; written to a file and read from one to share them.

import { useRef, useState } from "react";
import { save as saveFile } from "../history/exports";
import { isBody, pretty, readJson } from "../lib/json";
import { plural } from "../lib/format";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Dialog, toast } from "../ui/parts";

interface Props {
  /** "input", "event" */
  what: string;
  /** Under which name they are kept, and whose they are. */
  place: string;
  owner: string;
  text: string;
  onChoose: (text: string) => void;
}

export function Saved({ what, place, owner, text, onChoose }: Props) {
  const [texts, setTexts] = useState(() => remembered(place));
  const [saving, setSaving] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const keep = (next: Record<string, string>) => {
    setTexts(next);
    memory.set(place, Object.keys(next).length ? JSON.stringify(next) : null);
  };
  const save = () => {
    if (!saving) return;
    keep({ ...texts, [saving]: text });
    toast(`Saved ${saving} in this browser`);
    setSaving(null);
  };
  const take = async (chosen: File) => {
    const read = readJson(await chosen.text());
    if (!isBody(read.value)) return toast(`${chosen.name} has no ${what}s: it must be a JSON object of ${what}s by name.${read.problem ? ` ${read.problem}, line ${read.line}, column ${read.column}.` : ""}`, true);
    const found = Object.entries(read.value).map(([name, value]) => [name, JSON.stringify(value, null, 2)] as const);
    keep({ ...texts, ...Object.fromEntries(found) });
    toast(`Read ${plural(found.length, what)}`);
  };
  const share = () => {
    // What is no JSON is shared as the text it is.
    const values = Object.entries(texts).map(([name, each]) => { const { value } = readJson(each); return [name, value === undefined ? each : value] as const; });
    saveFile(`${owner}-${what}s.json`, `${JSON.stringify(Object.fromEntries(values), null, 2)}\n`);
  };
  const names = Object.keys(texts);
  const current = names.find((each) => texts[each] === text);
  return (
    <>
      <Menu
        label={`Saved ${what}s`}
        items={[
          ...names.map((name) => ({ name, icon: "log" as const, act: () => onChoose(pretty(texts[name]!)) })),
          ...(names.length ? [null] : []),
          { name: `Save this ${what} …`, icon: "plus" as const, act: () => setSaving(current ?? "") },
          ...(current ? [{ name: `Forget ${current}`, icon: "trash" as const, danger: true, act: () => { const { [current]: _, ...rest } = texts; keep(rest); } }] : []),
          { name: "Read from a file …", icon: "list" as const, act: () => file.current!.click() },
          { name: "Write all to a file", icon: "copy" as const, disabled: !names.length, act: share },
        ]}
      >
        <span className="clip" style={{ maxWidth: 160 }}>{current ?? `Saved ${what}s`}</span><Icon name="down" size={12} />
      </Menu>
      <input ref={file} type="file" accept=".json,application/json" hidden aria-label={`File with ${what}s`} onChange={(event) => { const chosen = event.target.files?.[0]; if (chosen) void take(chosen); event.target.value = ""; }} />
      {saving !== null && (
        <Dialog narrow title={`Save this ${what}`} onClose={() => setSaving(null)} foot={<><span className="grow" /><button type="button" className="btn" onClick={() => setSaving(null)}>Cancel</button><button type="button" className="btn primary" disabled={!saving} onClick={save}>{names.includes(saving) ? "Replace" : "Save"}</button></>}>
          <div className="field"><label htmlFor="saved-name">Name</label><input id="saved-name" className="input" data-autofocus value={saving} onChange={(event) => setSaving(event.target.value)} onKeyDown={(event) => event.key === "Enter" && save()} autoComplete="off" /></div>
          <p className="hint">It is kept in this browser only; “Write all to a file” shares it.</p>
        </Dialog>
      )}
    </>
  );
}

function remembered(place: string): Record<string, string> {
  const { value } = readJson(memory.get(place) ?? "{}");
  return isBody(value) ? Object.fromEntries(Object.entries(value).filter((each): each is [string, string] => typeof each[1] === "string")) : {};
}
