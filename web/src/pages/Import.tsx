// A history from a file, looked at without the server that made it: AWS's exports, or our own.

import { useMemo, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { readDefinition } from "../asl/definition";
import { readExport, type Imported } from "../history/exports";
import { fold } from "../history/fold";
import { store, useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { ExecutionView } from "./Execution";

/** Kept while the page lives, so that the way back leads to it. */
const imported = store<Imported | null>(null);

export function ImportPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Imported history" }]);
  const found = useStore(imported);
  return found ? <Shown found={found} query={query} /> : <Choose />;
}

function Shown({ found, query }: { found: Imported; query: URLSearchParams }) {
  const definition = useMemo(() => (found.definition ? readDefinition(found.definition) : null), [found]);
  const story = useMemo(() => fold(found.events, definition), [found, definition]);
  return (
    <>
      <div className="imported"><Icon name="info" size={14} /><span className="grow">This history comes from a file. It stays in this page and is sent nowhere{found.definition ? "; only the definition goes to this server to be drawn" : ""}.</span><button type="button" className="btn small" onClick={() => imported.set(null)}>Close it</button></div>
      <ExecutionView arn={found.execution.executionArn} query={query} execution={found.execution} events={found.events} story={story} definition={definition} text={found.definition} offline />
    </>
  );
}

function Choose() {
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const read = async (files: FileList | null) => {
    if (!files?.length) return;
    try {
      imported.set(readExport(await Promise.all([...files].map((file) => file.text()))));
    } catch (error) {
      setProblem(error instanceof SyntaxError ? `This is no JSON: ${error.message}` : (error as Error).message);
    }
  };
  return (
    <div className="page">
      <div className="page-head"><div className="titles"><h1>Import a history</h1><p className="soft">Look at an execution of AWS, or of another treadle, as if it had run here.</p></div></div>
      <label className={`drop-box card ${over ? "over" : ""}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(event) => { event.preventDefault(); setOver(false); void read(event.dataTransfer.files); }}>
        <Icon name="plus" size={24} />
        <strong>Drop files here, or choose them</strong>
        <span className="soft">The history, and for the graph the definition, too</span>
        <input type="file" multiple accept=".json,application/json" onChange={(event) => void read(event.target.files)} aria-label="Files of the history" />
      </label>
      {problem && <section className="banner" role="alert"><Icon name="alert" /><p className="break">{problem}</p></section>}
      <section className="card" style={{ padding: 16 }} aria-label="How to export">
        <h2>From AWS</h2>
        <pre className="text" tabIndex={0} style={{ marginTop: 8 }}>{"aws stepfunctions get-execution-history --execution-arn ARN > history.json\naws stepfunctions describe-state-machine-for-execution --execution-arn ARN > machine.json"}</pre>
        <p className="soft" style={{ marginTop: 8 }}>Files of <code>treadle import-history</code> and of “Export as JSON” hold both.</p>
      </section>
    </div>
  );
}
