import { useMemo } from "react";
import { useCrumbs } from "../app/crumbs";
import type { Definition } from "../asl/definition";
import type { Failure } from "../aws/client";
import type { Execution, HistoryEvent, Status } from "../aws/types";
import { Graph } from "../graph/Graph";
import { fold, overlay, type Story } from "../history/fold";
import { besides, narrowed, readScope, wayTo, writeScope, type Scope } from "../history/scopes";
import { machineArn } from "../lib/arn";
import { plural } from "../lib/format";
import { href, setQuery } from "../lib/route";
import { Payload } from "../ui/JsonView";
import { Bones, Empty, Segments, Trouble } from "../ui/parts";
import { Cost } from "./Cost";
import { useDrawing } from "./DefinitionView";
import { ErrorBanner } from "./ErrorBanner";
import { EventList } from "./EventList";
import { useExecution } from "./execution-data";
import { ExpressGone } from "./Express";
import { Head, Summary } from "./ExecutionHead";
import { MapRunBars } from "./MapRunBar";
import { Replay, usePosition } from "./Replay";
import { ScopeBar } from "./ScopeBar";
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
  { id: "cost", name: "Cost", icon: "list" },
] as const;
type View = (typeof VIEWS)[number]["id"];

export function ExecutionPage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const machine = machineArn(arn);
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name: machine.split(":").pop()!, href: href(["machines", machine]) }, { name: arn.split(":")[7] ?? arn }]);
  const { description, machine: described, ...found } = useExecution(arn);
  if (description.failure && !description.data) {
    if (description.failure.missing && arn.split(":")[5] === "express") return <div className="page"><div className="card"><ExpressGone arn={arn} /></div></div>;
    return <div className="page"><div className="card"><Trouble failure={description.failure} what="execution" onRetry={description.reload} /></div></div>;
  }
  return <ExecutionView {...found} arn={arn} query={query} execution={description.data} text={described.data?.definition} onRetry={description.reload} />;
}

interface Props {
  arn: string;
  query: URLSearchParams;
  execution: Execution | undefined;
  events: HistoryEvent[];
  story: Story;
  definition: Definition | null;
  /** The definition as it is written. */
  text: string | undefined;
  failure?: Failure | undefined;
  onRetry?: () => void;
  /** An imported history, which no server knows. */
  offline?: boolean;
}

export function ExecutionView({ arn, query, execution, events, story: whole, definition, text, failure, onRetry, offline = false }: Props) {
  const [position, setPosition] = usePosition(query);
  const past = position !== null && position < events.length;
  const seen = useMemo(() => (past ? events.slice(0, position) : events), [events, past, position]);
  const story = useMemo(() => (past ? fold(seen, definition) : whole), [past, seen, definition, whole]);
  const moment = past ? (seen.at(-1)?.timestamp ?? null) : execution?.stopDate && whole.ended === null ? execution.stopDate : null;
  const status = past ? "RUNNING" : execution?.status;
  const waiting = useWaiting(arn, !offline && execution?.status === "RUNNING", events.length);
  const view = (VIEWS.find(({ id }) => id === query.get("view"))?.id ?? "graph") as View;

  // What all views tell of: the whole, or one branch or item.
  const scope = readScope(story, query.get("in"));
  const scopeKey = writeScope(scope);
  const among = useMemo(() => (scope ? narrowed(story, scope) : story), [story, scopeKey]);

  // A step is chosen by its first event; a state that was not entered by its pointer.
  const chosen = query.get("step");
  const step = chosen && /^\d+$/.test(chosen) ? story.byId.get(Number(chosen)) : undefined;
  const pointer = step?.pointer ?? (chosen?.startsWith("/") ? chosen : (chosen && whole.byId.get(Number(chosen))?.pointer) || null);
  const select = (next: string | number | null) => setQuery({ step: next, attempt: null, ...(scope && typeof next === "number" && { in: scopeFor(story, scope, among, next) }) });
  const pick = (at: string | null) => {
    if (at === null) return select(null);
    const there = among.steps.filter((each) => each.pointer === at);
    const visits = there.length ? there : story.steps.filter((each) => each.pointer === at);
    select((visits.findLast(({ status }) => status === "failed" || status === "running") ?? visits.at(-1))?.id ?? at);
  };
  const failed = execution && (execution.status === "FAILED" || execution.status === "TIMED_OUT" || (execution.status === "ABORTED" && (execution.error || execution.cause)));
  return (
    <div className="page fill">
      <Head arn={arn} execution={execution} definition={text} offline={offline} />
      {execution && <Summary execution={execution} story={whole} events={events.length} offline={offline} />}
      {failed && <ErrorBanner execution={execution} story={whole} onShow={(id) => { setPosition(null); select(id); }} />}
      {waiting.length > 0 && <Waiting arn={arn} tasks={waiting} onShow={(id) => select(id)} />}
      <div className="execution">
        <section className="card" aria-label={VIEWS.find(({ id }) => id === view)!.name}>
          <div className="card-head"><Segments options={VIEWS} value={view} onChange={(id) => setQuery({ view: id === "graph" ? null : id })} label="View" /></div>
          {view !== "data" && view !== "cost" && <ScopeBar story={story} scope={scope} step={step} definition={definition} />}
          {view !== "data" && view !== "cost" && !offline && <MapRunBars story={story} step={step} />}
          {failure && !events.length ? (
            <Trouble failure={failure} what="history" onRetry={onRetry ?? (() => undefined)} />
          ) : view === "graph" ? (
            <GraphView text={text} story={story} scope={scope} status={status} pointer={pointer} onSelect={pick} offline={offline} />
          ) : (
            <div className="fill-scroll">
              {view === "timeline" && <Timeline story={among} chosen={step} onSelect={select} query={query} now={moment} />}
              {view === "states" && <StateTable story={among} chosen={step} onSelect={select} start={execution?.startDate} query={query} now={moment} />}
              {view === "cost" && <Cost definition={text} executions={offline ? [] : [arn]} />}
              {view === "events" && <EventList arn={arn} events={seen} story={story} among={scope && among} onSelect={select} query={query} offline={offline} />}
              {view === "data" && execution && (
                <div className="io" style={{ padding: 16 }}>
                  <Payload title="Input" text={execution.input} />
                  <Payload title="Output" text={execution.output} empty={execution.status === "RUNNING" ? "Still running" : "No output"} />
                </div>
              )}
            </div>
          )}
          <Replay events={events} story={whole} position={position} running={execution?.status === "RUNNING"} onMove={setPosition} />
        </section>
        <section className="card" aria-label="Step">
          <StepPanel arn={arn} execution={past && execution ? ({ ...execution, status: "RUNNING", output: undefined } as unknown as Execution) : execution} events={seen} story={among} step={step} pointer={pointer} definition={definition} query={query} waiting={waiting} onSelect={select} offline={offline} />
        </section>
      </div>
      <p className="sr" role="status">{execution && !past ? `Execution ${execution.status.toLowerCase()}, ${plural(whole.steps.length, "step")}` : ""}</p>
    </div>
  );
}

/** The scope after a visit was chosen: as it was, the part beside it, or none. */
function scopeFor(story: Story, scope: Scope, among: Story, id: number): string | null {
  const step = story.byId.get(id);
  if (!step || among.steps.includes(step)) return writeScope(scope);
  const part = wayTo(step).find(({ fork }) => fork === scope.fork);
  return part ? writeScope(part) : null;
}

interface GraphProps {
  text: string | undefined;
  story: Story;
  scope: Scope | null;
  status: Status | undefined;
  pointer: string | null;
  offline: boolean;
  onSelect: (pointer: string | null) => void;
}

function GraphView({ text, story, scope, status, pointer, onSelect, offline }: GraphProps) {
  const drawing = useDrawing(text);
  const scopeKey = writeScope(scope);
  const shown = useMemo(() => overlay(scope ? narrowed(story, scope, true) : story, status), [story, scopeKey, status]);
  const aside = useMemo(() => (scope ? besides(scope) : undefined), [story, scopeKey]);
  if (text === undefined && offline) return <Empty icon="graph" title="No definition"><p>The imported files hold the history alone. Import the definition with it (describe-state-machine-for-execution) to see the graph.</p></Empty>;
  if (drawing.failure && !drawing.data) return <Empty icon="graph" title="No picture"><p>{drawing.failure.message}</p></Empty>;
  if (!drawing.data) return <Bones />;
  return <div className="graph-host"><Graph drawing={drawing.data} overlay={shown} aside={aside} selected={pointer} onSelect={onSelect} label="Execution graph. Arrow keys go from state to state, Enter shows the step. The States view has the same as a table." /></div>;
}
