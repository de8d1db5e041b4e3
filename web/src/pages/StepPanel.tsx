// One visit of a state: what it got and gave, what it is, what happened to it.

import { useMemo, useState } from "react";
import { resourceLabel, type Definition } from "../asl/definition";
import type { WaitingTask } from "../aws/looking";
import type { Execution, HistoryEvent } from "../aws/types";
import { calledFunction } from "../history/logs";
import { tile } from "../graph/Graph";
import { beginning, isFork, partName, partsOf, type Part } from "../history/scopes";
import { details, type Step, type Story } from "../history/fold";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import { href, setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Bones, Tabs, Time } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";
import { CauseText } from "./ErrorBanner";
import { Differences } from "./Differences";
import { EventRows } from "./EventList";
import { Playground } from "./Playground";
import { outermost, Restart } from "./Restart";
import { enterPart, partLook, Verdict, visitName, Whereabouts } from "./ScopeBar";
import { StepFlow } from "./StepFlow";
import { StepLog } from "./StepLog";
import { StepRetries } from "./StepRetries";
import { StepVariables } from "./StepVariables";
import { Waffle } from "./Waffle";
import { Waiting } from "./Waiting";
import { useWhole } from "./execution-data";

const PARTS = [
  { id: "io", name: "Data" },
  { id: "flow", name: "Flow" },
  { id: "variables", name: "Variables" },
  { id: "try", name: "Try" },
  { id: "retry", name: "Attempts" },
  { id: "log", name: "Log" },
  { id: "details", name: "Details" },
  { id: "definition", name: "Definition" },
  { id: "events", name: "Events" },
] as const;
/** What the server computes: an imported history has none of it. */
const SERVED = new Set(["flow", "variables", "try", "log"]);

interface Props {
  arn: string;
  execution: Execution | undefined;
  events: HistoryEvent[];
  story: Story;
  step: Step | undefined;
  pointer: string | null;
  definition: Definition | null;
  query: URLSearchParams;
  /** An imported history, which no server knows. */
  offline?: boolean;
  waiting: WaitingTask[];
  onSelect: (step: string | number | null) => void;
}

export function StepPanel(props: Props) {
  const { arn, step, pointer, definition, query, story, events, offline = false, onSelect } = props;
  const part = query.get("part");
  const [restarting, setRestarting] = useState(false);
  const node = pointer ? definition?.states.get(pointer) : undefined;
  const visits = useMemo(() => (step ? story.steps.filter((each) => (step.pointer ? each.pointer === step.pointer : each.name === step.name)) : []), [story, step]);
  const own = useMemo(() => (step ? events.filter(({ id }) => story.owner.get(id) === step) : []), [events, story, step]);
  const called = useMemo(() => calledFunction(own), [own]);
  if (!step && !node) {
    return <Whole execution={props.execution} />;
  }
  const name = step?.name ?? node!.name;
  const type = step?.type ?? node!.type;
  const resource = typeof node?.body.Resource === "string" ? resourceLabel(node.body.Resource) : step?.resource;
  const icon = type === "Task" ? (/lambda/.test(resource ?? "") ? "function" : "task") : type.toLowerCase();
  const parts = PARTS.filter(({ id }) => !(offline && SERVED.has(id)) && (id === "log" ? called : id === "retry" ? step?.attempts.length : step || id === "definition"));
  const attempt = query.get("attempt");
  const mine = step ? props.waiting.filter(({ event }) => event === step.id) : [];
  const shown = parts.find(({ id }) => id === part)?.id ?? parts[0]!.id;
  const at = step ? visits.indexOf(step) : -1;
  return (
    <>
      <div className="step-title">
        <span className="glyph" style={{ background: tile(icon) }}><Icon name={icon} /></span>
        <div className="grow">
          <h2 className="clip" title={name}>{name}</h2>
          <p className="clip faint">{type}{resource && ` · ${resource}`}</p>
          {step && <Whereabouts step={step} />}
        </div>
        {step && !offline && !arn.includes("/") && arn.split(":")[5] !== "express" && <button type="button" className="btn small" title="A new execution that begins here, with another input" onClick={() => setRestarting(true)}><Icon name="play" size={11} />Restart from {step.parent ? outermost(step).name : "here"}</button>}
        <button type="button" className="btn quiet icon small" aria-label="Close" onClick={() => onSelect(null)}><Icon name="cross" size={14} /></button>
      </div>
      {visits.length > 1 && (
        <div className="row" style={{ padding: "0 14px 10px" }}>
          <button type="button" className="btn small icon" aria-label="Earlier visit" disabled={at <= 0} onClick={() => onSelect(visits[at - 1]!.id)}>‹</button>
          <select className="input" style={{ height: 28, width: "auto", flex: 1, minWidth: 0 }} aria-label="Visit" value={step!.id} onChange={(event) => onSelect(Number(event.target.value))}>
            {visits.map((visit, index) => <option key={visit.id} value={visit.id}>{visitName(visit, index, visits.length)}: {look(visit.status).word.toLowerCase()}</option>)}
          </select>
          <button type="button" className="btn small icon" aria-label="Later visit" disabled={at >= visits.length - 1} onClick={() => onSelect(visits[at + 1]!.id)}>›</button>
          {visits.some(({ status }, index) => status === "failed" && index !== at) && <button type="button" className="btn small" onClick={() => onSelect((visits.find(({ status }, index) => status === "failed" && index > at) ?? visits.find(({ status }) => status === "failed"))!.id)}>Next failed</button>}
        </div>
      )}
      <Tabs look="tabs in-card" tabs={parts} value={shown} onChange={(id) => setQuery({ part: id })} label="Parts of the step" />
      <div className="step-body">
        {mine.length > 0 && shown === "io" && <Waiting arn={arn} tasks={mine} />}
        {step && shown === "io" && <InputOutput {...props} step={step} />}
        {step && shown === "flow" && <StepFlow arn={arn} step={step} node={node} attempt={attempt === null || !step.attempts[Number(attempt)] ? null : Number(attempt)} />}
        {step && shown === "variables" && <StepVariables arn={arn} step={step} />}
        {step && shown === "try" && <Playground key={step.id} arn={arn} step={step} query={query} />}
        {step && shown === "retry" && <StepRetries step={step} node={node} />}
        {step && shown === "details" && <StepDetails arn={arn} step={step} story={story} own={own} definition={definition} />}
        {shown === "definition" && (node ? <Payload title="Definition" text={JSON.stringify(node.body, null, 2)} /> : <Bones />)}
        {step && shown === "events" && <EventRows arn={props.arn} events={own} story={story} compact />}
        {step && shown === "log" && called && <StepLog arn={props.arn} name={called} step={step} own={own} />}
      </div>
      {restarting && step && <Restart arn={arn} step={outermost(step)} onClose={() => setRestarting(false)} />}
    </>
  );
}

/** As long as no step is chosen: the execution itself. */
function Whole({ execution }: { execution: Execution | undefined }) {
  return (
    <>
      <div className="step-title">
        <span className="glyph" style={{ background: tile("workflow") }}><Icon name="workflow" /></span>
        <div className="grow"><h2>Whole execution</h2><p className="clip faint">Choose a state to see one step</p></div>
      </div>
      <div className="step-body" style={{ borderTop: "1px solid var(--line)" }}>
        {!execution ? <Bones /> : (
          <>
            <Payload title="Input" text={execution.input} />
            <Payload title="Output" text={execution.output} empty={execution.status === "RUNNING" ? "Still running" : "No output"} />
          </>
        )}
      </div>
    </>
  );
}

function InputOutput({ arn, events, step }: Props & { step: Step }) {
  const own = useMemo(() => {
    const ids = new Set(step.events);
    return events.filter(({ id }) => ids.has(id));
  }, [events, step]);
  const entered = useWhole(arn, own[0]);
  const exited = useWhole(arn, own.findLast(({ type }) => type.endsWith("StateExited")));
  const scheduled = useWhole(arn, own.findLast(({ type }) => type.endsWith("Scheduled")));
  const result = useWhole(arn, own.findLast(({ type }) => /(Task|LambdaFunction|Activity)(Succeeded|Submitted)$/.test(type)));
  const given = text(scheduled, "parameters") ?? text(scheduled, "input");
  const [comparing, setComparing] = useState(false);
  const variables = exited && (details(exited).assignedVariables as Record<string, string> | undefined);
  return (
    <>
      {step.error && (
        <section className={`banner ${step.status === "caught" ? "warn" : ""}`} aria-label="Error">
          <Icon name={step.status === "caught" ? "alert" : "cross"} />
          <div className="grow stack" style={{ gap: 4 }}><h2>{step.error.error || "Failed"}</h2>{step.error.cause && <CauseText cause={step.error.cause} />}</div>
        </section>
      )}
      {exited && <div className="row"><button type="button" className="btn small" aria-pressed={comparing} onClick={() => setComparing(!comparing)}>{comparing ? "Input and output" : "What changed"}</button><span className="faint">between input and output</span></div>}
      {comparing && exited ? <Differences before={text(entered, "input")} after={text(exited, "output")} label="From input to output" /> : <>
      <Payload title="Input" text={entered && text(entered, "input")} />
      {given !== undefined && given !== text(entered, "input") && <Payload title="Sent to the task" text={given} />}
      {result && text(result, "output") !== text(exited, "output") && <Payload title="Task result" text={text(result, "output")} />}
      <Payload title="Output" text={exited && text(exited, "output")} empty={step.status === "running" ? "Still running" : "None"} />
      </>}
      {variables && Object.keys(variables).length > 0 && <Payload title="Assigned variables" text={`{${Object.entries(variables).map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`} />}
    </>
  );
}

function text(event: HistoryEvent | undefined, name: string): string | undefined {
  const found = event && details(event)[name];
  return typeof found === "string" ? found : undefined;
}

/** The execution that a task has started, as its answers name it. */
function startedBy(own: HistoryEvent[]): string | undefined {
  for (const event of own) {
    const output = /^Task(Submitted|Succeeded)$/.test(event.type) && text(event, "output");
    const found = output && /"ExecutionArn"\s*:\s*"(arn:[^"]+:execution:[^"]+)"/.exec(output);
    if (found) return found[1];
  }
  return undefined;
}

function StepDetails({ arn, step, story, own, definition }: { arn: string; step: Step; story: Story; own: HistoryEvent[]; definition: Definition | null }) {
  const child = useMemo(() => startedBy(own), [own]);
  const parts = useMemo(() => (isFork(step) ? partsOf(story, step, definition) : []), [story, step, definition]);
  const now = useNow(step.status === "running");
  return (
    <>
      <dl className="pairs" style={{ padding: 0 }}>
        <div><dt>Status</dt><dd><StatusBadge status={step.status} /></dd></div>
        <div><dt>Duration</dt><dd className="num">{duration((step.ended ?? now) - step.entered)}</dd></div>
        <div><dt>Entered</dt><dd><Time at={step.entered} /></dd></div>
        <div><dt>Left</dt><dd>{step.ended ? <Time at={step.ended} /> : "—"}</dd></div>
        {step.parent && <div className="wide"><dt>Inside</dt><dd><Whereabouts step={step} /></dd></div>}
        {step.iterations && <div className="wide"><dt>Iterations</dt><dd className="num">{step.iterations.succeeded} of {step.iterations.total} succeeded, {step.iterations.running} running, {step.iterations.failed} failed</dd></div>}
        {child && <div className="wide"><dt>Started</dt><dd><a className="break" href={href(["executions", child])}>{child.split(":").pop()}</a></dd></div>}
        {step.mapRunArn && <div><dt>Map run</dt><dd><a href={href(["mapruns", step.mapRunArn])}>Open the map run</a></dd></div>}
      </dl>
      {parts.length > 0 && <Verdict fork={step} parts={parts} definition={definition} />}
      {step.type === "Parallel" && parts.length > 0 && <Branches fork={step} parts={parts} definition={definition} />}
      {step.type === "Map" && parts.length > 0 && <section className="json-card" aria-label="Iterations"><header><h3>Iterations</h3></header><Waffle cells={parts.map(({ index, status, step: last }) => ({ id: String(index), name: `Item ${index}`, status: status ?? "aborted", href: href(["executions", arn], { step: last?.id, in: `${step.id}:${index}` }) }))} label="Iterations by status" /></section>}
    </>
  );
}

function Branches({ fork, parts, definition }: { fork: Step; parts: Part[]; definition: Definition | null }) {
  return (
    <section className="json-card" aria-label="Branches">
      <header><h3>Branches</h3></header>
      <ol className="rules">
        {parts.map((part) => {
          const { tone, icon, word } = partLook(part);
          return (
            <li key={part.index}>
              <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} spin={icon === "spinner"} /></span>
              <button type="button" className="linkish clip" onClick={() => enterPart(fork, part)}>{partName(fork, part.index)}</button>
              <span className="grow clip soft">{beginning(fork, part.index, definition)}</span>
              <span className="faint nowrap">{word}{part.step && part.status !== "succeeded" && ` in ${part.step.name}`}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
