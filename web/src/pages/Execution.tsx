import { useMemo, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { states } from "../aws/client";
import type { Execution, Status } from "../aws/types";
import { Graph } from "../graph/Graph";
import { overlay, type Story } from "../history/fold";
import { machineArn } from "../lib/arn";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import { href, setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Bones, CopyButton, Dialog, Empty, Segments, Time, toast, Trouble, useAction } from "../ui/parts";
import { StatusBadge } from "../ui/Status";
import { useDrawing } from "./DefinitionView";
import { ErrorBanner } from "./ErrorBanner";
import { EventList } from "./EventList";
import { useExecution } from "./execution-data";
import { StateTable } from "./StateTable";
import { StepPanel } from "./StepPanel";
import { Timeline } from "./Timeline";
import { useWaiting, Waiting } from "./Waiting";

const VIEWS = [
  { id: "graph", name: "Graph", icon: "graph" },
  { id: "timeline", name: "Timeline", icon: "timeline" },
  { id: "states", name: "States", icon: "table" },
  { id: "events", name: "Events", icon: "list" },
  { id: "data", name: "Input and output", icon: "copy" },
] as const;
type View = (typeof VIEWS)[number]["id"];

export function ExecutionPage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const name = arn.split(":")[7] ?? arn;
  const machine = machineArn(arn);
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name: machine.split(":").pop()!, href: href(["machines", machine]) }, { name }]);
  const found = useExecution(arn);
  const { description, story, events } = found;
  const execution = description.data;
  const waiting = useWaiting(arn, execution?.status === "RUNNING", events.length);
  const view = (VIEWS.find(({ id }) => id === query.get("view"))?.id ?? "graph") as View;

  // A step is chosen by its first event; a state that was not entered by its pointer.
  const chosen = query.get("step");
  const step = chosen && /^\d+$/.test(chosen) ? story.byId.get(Number(chosen)) : undefined;
  const pointer = step?.pointer ?? (chosen?.startsWith("/") ? chosen : null);
  const select = (next: string | number | null) => setQuery({ step: next });
  const pick = (at: string | null) => {
    if (at === null) return select(null);
    const visits = story.steps.filter((each) => each.pointer === at);
    select((visits.findLast(({ status }) => status === "failed" || status === "running") ?? visits.at(-1))?.id ?? at);
  };

  if (description.failure && !execution) {
    return <div className="page"><div className="card"><Trouble failure={description.failure} what="execution" onRetry={description.reload} /></div></div>;
  }
  return (
    <div className="page fill">
      <Head arn={arn} name={name} execution={execution} machine={machine} />
      {execution && <Summary execution={execution} story={story} events={events.length} />}
      {execution && (execution.status === "FAILED" || execution.status === "TIMED_OUT" || (execution.status === "ABORTED" && execution.error)) && <ErrorBanner execution={execution} story={story} onShow={(id) => select(id)} />}
      {waiting.length > 0 && <Waiting arn={arn} tasks={waiting} onShow={(id) => select(id)} />}
      <div className="execution">
        <section className="card" aria-label={VIEWS.find(({ id }) => id === view)!.name}>
          <div className="card-head"><Segments options={VIEWS} value={view} onChange={(id) => setQuery({ view: id === "graph" ? null : id })} label="View" /></div>
          {found.failure && !events.length ? (
            <Trouble failure={found.failure} what="history" onRetry={description.reload} />
          ) : view === "graph" ? (
            <GraphView definition={found.machine.data?.definition} story={story} status={execution?.status} pointer={pointer} onSelect={pick} />
          ) : (
            <div className="fill-scroll">
              {view === "timeline" && <Timeline story={story} chosen={step} onSelect={select} />}
              {view === "states" && <StateTable story={story} chosen={step} onSelect={select} start={execution?.startDate} />}
              {view === "events" && <EventList arn={arn} events={events} story={story} onSelect={select} query={query} />}
              {view === "data" && execution && (
                <div className="io" style={{ padding: 16 }}>
                  <Payload title="Input" text={execution.input} />
                  <Payload title="Output" text={execution.output} empty={execution.status === "RUNNING" ? "Still running" : "No output"} />
                </div>
              )}
            </div>
          )}
        </section>
        <section className="card" aria-label="Step">
          <StepPanel arn={arn} execution={execution} events={events} story={story} step={step} pointer={pointer} definition={found.definition} query={query} waiting={waiting} onSelect={select} />
        </section>
      </div>
      <p className="sr" role="status">{execution ? `Execution ${execution.status.toLowerCase()}, ${story.steps.length} steps` : ""}</p>
    </div>
  );
}

function GraphView({ definition, story, status, pointer, onSelect }: { definition: string | undefined; story: Story; status: Status | undefined; pointer: string | null; onSelect: (pointer: string | null) => void }) {
  const drawing = useDrawing(definition);
  const shown = useMemo(() => overlay(story, status), [story, status]);
  if (drawing.failure && !drawing.data) return <Empty icon="graph" title="No picture"><p>{drawing.failure.message}</p></Empty>;
  if (!drawing.data) return <Bones />;
  return <Graph drawing={drawing.data} overlay={shown} selected={pointer} onSelect={onSelect} label="Execution graph. Arrow keys go from state to state, Enter shows the step. The States view has the same as a table." />;
}

function Head({ arn, name, execution, machine }: { arn: string; name: string; execution: Execution | undefined; machine: string }) {
  const [stopping, setStopping] = useState(false);
  const [redrive, busy] = useAction(async () => {
    await states("RedriveExecution", { executionArn: arn });
    toast("Redriven: the execution goes on where it failed");
  });
  return (
    <div className="page-head">
      <div className="titles">
        <div className="row wrap">
          <h1 className="break">{name}</h1>
          {execution && <StatusBadge status={execution.status} />}
        </div>
        <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
      </div>
      <div className="actions">
        {execution?.status === "RUNNING" && <button type="button" className="btn danger" onClick={() => setStopping(true)}><Icon name="stop" size={13} />Stop</button>}
        {execution?.redriveStatus === "REDRIVABLE" && <button type="button" className="btn" onClick={redrive} disabled={busy}><Icon name="redo" size={14} />Redrive</button>}
        <a className="btn primary" href={href(["machines", machine], { start: 1, like: arn })}><Icon name="play" size={13} />New execution like this</a>
      </div>
      {stopping && <Stop arn={arn} onClose={() => setStopping(false)} />}
    </div>
  );
}

function Stop({ arn, onClose }: { arn: string; onClose: () => void }) {
  const [error, setError] = useState("");
  const [cause, setCause] = useState("");
  const [stop, busy] = useAction(async () => {
    await states("StopExecution", { executionArn: arn, ...(error && { error }), ...(cause && { cause }) });
    onClose();
  });
  return (
    <Dialog narrow title="Stop this execution?" onClose={onClose} foot={<><span className="grow" /><button type="button" className="btn" onClick={onClose}>Keep it running</button><button type="button" className="btn danger primary" onClick={stop} disabled={busy}><Icon name="stop" size={13} />Stop</button></>}>
      <p className="soft">It ends as aborted, with everything that runs inside it. Error and cause are optional.</p>
      <div className="field"><label htmlFor="stop-error">Error</label><input id="stop-error" className="input" value={error} onChange={(event) => setError(event.target.value)} /></div>
      <div className="field"><label htmlFor="stop-cause">Cause</label><input id="stop-cause" className="input" value={cause} onChange={(event) => setCause(event.target.value)} /></div>
    </Dialog>
  );
}

function Summary({ execution, story, events }: { execution: Execution; story: Story; events: number }) {
  const now = useNow(execution.status === "RUNNING");
  const retries = story.steps.reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);
  return (
    <section className="card" aria-label="Summary">
      <dl className="summary">
        <div><dt>Duration</dt><dd className="num"><strong>{duration((execution.stopDate ?? now) - execution.startDate)}</strong></dd></div>
        <div><dt>Started</dt><dd><Time at={execution.startDate} /></dd></div>
        <div><dt>Ended</dt><dd>{execution.stopDate ? <Time at={execution.stopDate} /> : "—"}</dd></div>
        <div><dt>Steps</dt><dd className="num">{story.steps.length}</dd></div>
        <div><dt>Retries</dt><dd className="num">{retries}</dd></div>
        <div><dt>Events</dt><dd className="num">{events}</dd></div>
        {Boolean(execution.redriveCount) && <div><dt>Redriven</dt><dd className="num">{execution.redriveCount} ×{execution.redriveDate ? <>, <Time at={execution.redriveDate} relative /></> : ""}</dd></div>}
        {execution.stateMachineVersionArn && <div><dt>Version</dt><dd>{execution.stateMachineVersionArn.split(":").pop()}</dd></div>}
        {execution.stateMachineAliasArn && <div><dt>Alias</dt><dd>{execution.stateMachineAliasArn.split(":").pop()}</dd></div>}
        {execution.mapRunArn && <div><dt>Map run</dt><dd><a href={href(["mapruns", execution.mapRunArn])}>Open</a></dd></div>}
        {execution.redriveStatus === "NOT_REDRIVABLE" && execution.status !== "RUNNING" && execution.status !== "SUCCEEDED" && <div><dt>Redrive</dt><dd>{execution.redriveStatusReason}</dd></div>}
      </dl>
    </section>
  );
}
