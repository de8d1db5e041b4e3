// The files of a function's package, to read.

import { useEffect, useMemo, useState } from "react";
import { download } from "../aws/client";
import { useData } from "../lib/data";
import { size } from "../lib/format";
import { entries, type Entry } from "../lib/zip";
import { Bones, CopyButton, Empty, Trouble } from "../ui/parts";

const SHOWN = 400_000;

export function FunctionCode({ location, handler }: { location: string | undefined; handler: string | undefined }) {
  // The server names itself as it is known to functions; from here only the path counts.
  const path = location ? new URL(location).pathname.replace(/^\//, "") : null;
  const files = useData(path, async () => entries(await download(path!)));
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = useMemo(() => files.data?.find(({ name }) => name === chosen) ?? main(files.data ?? [], handler), [files.data, chosen, handler]);
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    setText(null);
    if (!shown) return;
    let gone = false;
    void shown.read().then((body) => {
      if (gone) return;
      const binary = body.subarray(0, 4000).includes(0);
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
      <div className="filelist">{files.data?.slice(0, 500).map(({ name }) => <button key={name} type="button" className="clip mono" aria-pressed={name === shown?.name} title={name} onClick={() => setChosen(name)}>{name}</button>) ?? <Bones rows={3} />}</div>
      <div className="code-pane grow">
        <div className="card-head"><span className="mono grow clip">{shown?.name}</span>{shown && <span className="faint num">{size(shown.size)}</span>}{text !== null && <CopyButton text={text} label="Copy the file" />}</div>
        <div className="scroll grow" tabIndex={0} role="region" aria-label={shown?.name ?? "File"}>{text === null ? <Bones /> : <pre style={{ padding: 16, fontSize: 12.5, lineHeight: 1.6 }}>{text}</pre>}</div>
      </div>
    </section>
  );
}

/** The file that holds the handler, else the first one. */
function main(files: Entry[], handler: string | undefined): Entry | undefined {
  const module = handler?.slice(0, handler.lastIndexOf(".")).replaceAll(".", "/");
  return files.find(({ name }) => module && name.replace(/\.\w+$/, "") === module) ?? files[0];
}
