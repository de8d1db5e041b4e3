import { useMemo } from "react";
import { useCrumbs } from "../app/crumbs";
import type { Definition } from "../asl/definition";
import type { Failure } from "../aws/client";
import type { Execution, HistoryEvent, Status } from "../aws/types";
import { Graph } from "../graph/Graph";
import { fold, overlay, type Step, type Story } from "../history/fold";
import { iterationsOf, narrowed } from "../history/iterations";
import { machineArn } from "../lib/arn";
import { href, setQuery } from "../lib/route";
import { Payload } from "../ui/JsonView";
import { Bones, Empty, Segments, Trouble } from "../ui/parts";
import { look } from "../ui/Status";
import { Cost } from "./Cost";
import { useDrawing } from "./DefinitionView";
import { ErrorBanner } from "./ErrorBanner";
import { EventList } from "./EventList";
import { useExecution } from "./execution-data";
import { Head, Summary } from "./ExecutionHead";
import { Replay, usePosition } from "./Replay";
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

  // A step is chosen by its first event; a state that was not entered by its pointer.
  const chosen = query.get("step");
  const step = chosen && /^\d+$/.test(chosen) ? story.byId.get(Number(chosen)) : undefined;
  const pointer = step?.pointer ?? (chosen?.startsWith("/") ? chosen : (chosen && whole.byId.get(Number(chosen))?.pointer) || null);
  const select = (next: string | number | null) => setQuery({ step: next, attempt: null });
  const pick = (at: string | null, among: Story) => {
    if (at === null) return select(null);
    const visits = among.steps.filter((each) => each.pointer === at);
    select((visits.findLast(({ status }) => status === "failed" || status === "running") ?? visits.at(-1))?.id ?? at);
  };
  const failed = execution && (execution.status === "FAILED" || execution.status === "TIMED_OUT" || (execution.status === "ABORTED" && execution.error));
  return (
    <div className="page fill">
      <Head arn={arn} execution={execution} definition={text} offline={offline} />
      {execution && <Summary execution={execution} story={whole} events={events.length} offline={offline} />}
      {failed && <ErrorBanner execution={execution} story={whole} onShow={(id) => { setPosition(null); select(id); }} />}
      {waiting.length > 0 && <Waiting arn={arn} tasks={waiting} onShow={(id) => select(id)} />}
      <div className="execution">
        <section className="card" aria-label={VIEWS.find(({ id }) => id === view)!.name}>
          <div className="card-head"><Segments options={VIEWS} value={view} onChange={(id) => setQuery({ view: id === "graph" ? null : id })} label="View" /></div>
          {failure && !events.length ? (
            <Trouble failure={failure} what="history" onRetry={onRetry ?? (() => undefined)} />
          ) : view === "graph" ? (
            <GraphView text={text} story={story} status={status} pointer={pointer} onSelect={pick} query={query} offline={offline} />
          ) : (
            <div className="fill-scroll">
              {view === "timeline" && <Timeline story={story} chosen={step} onSelect={select} query={query} now={moment} />}
              {view === "states" && <StateTable story={story} chosen={step} onSelect={select} start={execution?.startDate} query={query} now={moment} />}
              {view === "cost" && <Cost definition={text} executions={offline ? [] : [arn]} />}
              {view === "events" && <EventList arn={arn} events={seen} story={story} onSelect={select} query={query} />}
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
          <StepPanel arn={arn} execution={past && execution ? ({ ...execution, status: "RUNNING", output: undefined } as unknown as Execution) : execution} events={seen} story={story} step={step} pointer={pointer} definition={definition} query={query} waiting={waiting} onSelect={select} offline={offline} />
        </section>
      </div>
      <p className="sr" role="status">{execution && !past ? `Execution ${execution.status.toLowerCase()}, ${whole.steps.length} steps` : ""}</p>
    </div>
  );
}

interface GraphProps {
  text: string | undefined;
  story: Story;
  status: Status | undefined;
  pointer: string | null;
  query: URLSearchParams;
  offline: boolean;
  onSelect: (pointer: string | null, among: Story) => void;
}

function GraphView({ text, story, status, pointer, onSelect, query, offline }: GraphProps) {
  const drawing = useDrawing(text);
  const maps = useMemo(() => story.steps.filter((step) => step.type === "Map" && step.iterations && !step.mapRunArn), [story]);
  const [mapId, index] = (query.get("item") ?? "").split(":").map(Number);
  const map = maps.find(({ id }) => id === mapId);
  const among = useMemo(() => (map && index !== undefined ? narrowed(story, map, index) : story), [story, map, index]);
  const shown = useMemo(() => overlay(among, status), [among, status]);
  if (text === undefined && offline) return <Empty icon="graph" title="No definition"><p>The imported files hold the history alone. Import the definition with it (describe-state-machine-for-execution) to see the graph.</p></Empty>;
  if (drawing.failure && !drawing.data) return <Empty icon="graph" title="No picture"><p>{drawing.failure.message}</p></Empty>;
  if (!drawing.data) return <Bones />;
  return (
    <>
      {maps.length > 0 && <ItemPicker maps={maps} story={story} map={map} index={map ? index : undefined} />}
      <div className="graph-host"><Graph drawing={drawing.data} overlay={shown} selected={pointer} onSelect={(at) => onSelect(at, among)} label="Execution graph. Arrow keys go from state to state, Enter shows the step. The States view has the same as a table." /></div>
    </>
  );
}

/** Which iteration of which Map the graph shows. */
function ItemPicker({ maps, story, map, index }: { maps: Step[]; story: Story; map: Step | undefined; index: number | undefined }) {
  const of = map ?? maps.at(-1)!;
  const items = useMemo(() => iterationsOf(story, of), [story, of]);
  const failed = items.filter(({ status }) => status === "failed");
  const at = items.findIndex((each) => each.index === index);
  const go = (next: number | undefined, whose = of) => setQuery({ item: next === undefined ? null : `${whose.id}:${next}`, step: next === undefined ? null : (items.find((each) => each.index === next)?.step.id ?? null) });
  const following = failed.find((each) => index === undefined || each.index > index) ?? failed[0];
  return (
    <div className="toolbar" role="group" aria-label="Iteration">
      {maps.length > 1 ? (
        <select className="input" style={{ width: "auto" }} aria-label="Map" value={of.id} onChange={(event) => setQuery({ item: `${event.target.value}:0` })}>{maps.map((each) => <option key={each.id} value={each.id}>{each.name}{each.iteration !== null ? ` [${each.iteration}]` : ""}</option>)}</select>
      ) : <span className="soft">{of.name}</span>}
      <button type="button" className="btn small icon" aria-label="Earlier item" disabled={at <= 0} onClick={() => go(items[at - 1]!.index)}>‹</button>
      <select className="input" style={{ width: "auto" }} aria-label="Item" value={index ?? ""} onChange={(event) => go(event.target.value === "" ? undefined : Number(event.target.value))}>
        <option value="">All {of.iterations!.total} items</option>
        {items.map((each) => <option key={each.index} value={each.index}>Item {each.index}: {look(each.status).word.toLowerCase()}</option>)}
      </select>
      <button type="button" className="btn small icon" aria-label="Later item" disabled={at >= items.length - 1} onClick={() => go(items[at + 1]!.index)}>›</button>
      {following && <button type="button" className="btn small" onClick={() => go(following.index)}>Next failed ({failed.length})</button>}
      <span className="grow" />
      <span className="faint num">{of.iterations!.succeeded} of {of.iterations!.total} succeeded{of.iterations!.failed ? `, ${of.iterations!.failed} failed` : ""}</span>
    </div>
  );
}
