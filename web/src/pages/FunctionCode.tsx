// The files of a function's package, to read and to change.

import { useEffect, useMemo, useState } from "react";
import { download, lambda } from "../aws/client";
import { useData } from "../lib/data";
import { size } from "../lib/format";
import { base64, entries, pack, type Entry } from "../lib/zip";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Empty, toast, Trouble, useAction } from "../ui/parts";
import { Source } from "./Source";

const SHOWN = 400_000;

interface Props {
  name: string;
  location: string | undefined;
  handler: string | undefined;
  /** Versions cannot be changed. */
  fixed: boolean;
  onDeployed: () => void;
}

export function FunctionCode({ name: own, location, handler, fixed, onDeployed }: Props) {
  // The server names itself as it is known to functions; from here only the path counts.
  const path = location ? new URL(location).pathname.replace(/^\//, "") : null;
  const files = useData(path, async () => entries(await download(path!)));
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = useMemo(() => files.data?.find(({ name }) => name === chosen) ?? main(files.data ?? [], handler), [files.data, chosen, handler]);
  const [text, setText] = useState<string | null>(null);
  const [whole, setWhole] = useState(false);
  const [draft, setDraft] = useState<string | null>(null);
  const [deploy, busy] = useAction(async () => {
    const changed = new TextEncoder().encode(draft!);
    const all = await Promise.all(files.data!.map(async (file) => ({ ...file, body: file.name === shown!.name ? changed : await file.read() })));
    await lambda("PUT", `/functions/${encodeURIComponent(own)}/code`, JSON.stringify({ ZipFile: base64(pack(all)) }));
    toast(`Deployed ${own}`);
    setText(draft);
    setDraft(null);
    onDeployed();
  });
  useEffect(() => {
    setText(null);
    setDraft(null);
    setWhole(false);
    if (!shown) return;
    let gone = false;
    void shown.read().then((body) => {
      if (gone) return;
      const binary = body.subarray(0, 4000).includes(0);
      setWhole(!binary && body.length <= SHOWN);
      setText(binary ? `${size(body.length)} of binary data` : new TextDecoder().decode(body.subarray(0, SHOWN)));
    });
    return () => {
      gone = true;
    };
  }, [shown]);
  if (!path) return <div className="card"><Empty icon="list" title="No package"><p>The function has no ZIP package to look into.</p></Empty></div>;
  if (files.failure) return <div className="card"><Trouble failure={files.failure} what="package" onRetry={files.reload} /></div>;
  return (
    <section className="card definition" aria-label="Code" style={{ flexDirection: "row" }}>
      <div className="filelist">{files.data?.slice(0, 500).map(({ name }) => <button key={name} type="button" className="clip mono" aria-pressed={name === shown?.name} title={name} disabled={draft !== null && draft !== text} onClick={() => setChosen(name)}>{name}</button>) ?? <Bones rows={3} />}</div>
      <div className="code-pane grow">
        <div className="card-head"><span className="mono grow clip">{shown?.name}</span>{shown && <span className="faint num">{size(shown.size)}</span>}{text !== null && draft === null && <CopyButton text={text} label="Copy the file" />}
          {draft !== null ? (
            <>
              <button type="button" className="btn small" disabled={busy} onClick={() => setDraft(null)}>Cancel</button>
              <button type="button" className="btn small primary" disabled={busy || draft === text} onClick={deploy}><Icon name={busy ? "spinner" : "check"} size={13} spin={busy} />Deploy</button>
            </>
          ) : !fixed && whole && text !== null && <button type="button" className="btn small" onClick={() => setDraft(text)}><Icon name="edit" size={13} />Edit</button>}
        </div>
        {draft !== null ? <Source label={shown?.name ?? "File"} text={draft} onChange={setDraft} /> : <div className="scroll grow" tabIndex={0} role="region" aria-label={shown?.name ?? "File"}>{text === null ? <Bones /> : <pre style={{ padding: 16, fontSize: 12.5, lineHeight: 1.6 }}>{text}</pre>}</div>}
      </div>
    </section>
  );
}

/** The file that holds the handler, else the first one. */
function main(files: Entry[], handler: string | undefined): Entry | undefined {
  const module = handler?.slice(0, handler.lastIndexOf(".")).replaceAll(".", "/");
  return files.find(({ name }) => module && name.replace(/\.\w+$/, "") === module) ?? files[0];
}
