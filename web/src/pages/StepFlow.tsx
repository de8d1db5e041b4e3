// How data went through a state, stage by stage: the engine's own inspection over the recorded past.

import { useState } from "react";
import type { StateNode } from "../asl/definition";
import { flowOf, type Flow, type Rule, type Stage } from "../aws/looking";
import type { Step } from "../history/fold";
import { useData } from "../lib/data";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Bones, Trouble } from "../ui/parts";
import { CauseText } from "./ErrorBanner";

export function useFlow(arn: string, step: Step, attempt: number | null) {
  return useData(`flow ${arn} ${step.id} ${attempt} ${step.events.length}`, (signal) => flowOf(arn, step.id, attempt, signal));
}

interface Props {
  arn: string;
  step: Step;
  node: StateNode | undefined;
  attempt: number | null;
}

export function StepFlow({ arn, step, node, attempt }: Props) {
  const { data: flow, failure, reload } = useFlow(arn, step, attempt);
  if (failure && !flow) return <Trouble failure={failure} what="data flow" onRetry={reload} />;
  if (!flow) return <Bones />;
  return (
    <>
      {flow.attempts > 1 && (
        <label className="row"><span className="soft">Attempt</span>
          <select className="input" style={{ height: 28, width: "auto" }} value={flow.attempt ?? 0} onChange={(event) => setQuery({ attempt: event.target.value })}>
            {Array.from({ length: flow.attempts }, (_, index) => <option key={index} value={index}>{index + 1} of {flow.attempts}{step.attempts[index]?.error !== undefined ? `: ${step.attempts[index]!.error || "failed"}` : ""}</option>)}
          </select>
        </label>
      )}
      <ol className="flow">
        {flow.stages.map((stage, index) => <StageCard key={stage.name} stage={stage} first={index === 0} template={stage.field === null ? undefined : node?.body[stage.field]} />)}
      </ol>
      {flow.rules && <Rules rules={flow.rules} />}
      <Verdict flow={flow} step={step} />
    </>
  );
}

function StageCard({ stage, first, template }: { stage: Stage; first: boolean; template: unknown }) {
  const [open, setOpen] = useState(false);
  const written = template !== undefined;
  if (stage.same && !first && !open) {
    return (
      <li className="same">
        <button type="button" onClick={() => setOpen(true)} aria-expanded={false}>
          <Icon name="right" size={11} />{stage.title}<span className="faint">{written ? "changes nothing" : stage.field ? "not set, unchanged" : "unchanged"}</span>
        </button>
      </li>
    );
  }
  return (
    <li>
      {written && <pre className="template" aria-label={`${stage.field} of the definition`}>{stage.field}: {typeof template === "string" ? template : JSON.stringify(template, null, 1).replace(/\n\s*/g, " ")}</pre>}
      <Payload title={stage.title} text={stage.text} />
      {stage.differs !== undefined && <p className="hint"><Icon name="info" size={13} /> Recorded value. Computed again it would differ: it depends on chance, the time or a service.</p>}
    </li>
  );
}

function Rules({ rules }: { rules: Rule[] }) {
  const taken = rules.findIndex(({ held }) => held);
  return (
    <section className="json-card" aria-label="Rules">
      <header><h3>Rules, in their order</h3></header>
      <ol className="rules">
        {rules.map((rule, index) => (
          <li key={index} className={index === taken ? "taken" : ""}>
            <Icon name={rule.error ? "alert" : rule.held ? "check" : "minus"} size={13} label={rule.error ? "Failed" : rule.held ? "Held" : "Did not hold"} />
            <span className="grow">{rule.default ? "Default" : `Rule ${index + 1}`} → {rule.next}{rule.error && <span className="wrong"> {rule.error}</span>}</span>
            {index === taken ? <span className="badge">taken</span> : taken >= 0 && index > taken ? <span className="faint">not asked</span> : <span className="faint">{rule.error ? "" : "did not hold"}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Verdict({ flow, step }: { flow: Flow; step: Step }) {
  if (step.status === "running" && !flow.error) return <p className="soft row"><Icon name="clock" size={14} />Its result is not there yet.</p>;
  return (
    <div className="stack" style={{ gap: 6 }}>
      {flow.error && (
        <section className="banner warn" aria-label="Error of this attempt"><Icon name="alert" /><div className="grow stack" style={{ gap: 4 }}>
          <h3>{flow.error}</h3>
          {flow.cause && <CauseText cause={flow.cause} />}
          {flow.status === "RETRIABLE" && <p>Retrier {(flow.handled?.retryIndex ?? 0) + 1} takes it: again after {flow.handled?.retryBackoffIntervalSeconds} s.</p>}
          {flow.status === "CAUGHT_ERROR" && <p>Catcher {(flow.handled?.catchIndex ?? 0) + 1} takes it.</p>}
        </div></section>
      )}
      {flow.next && <p className="soft row"><Icon name="pass" size={14} />Next: <strong>{flow.next}</strong></p>}
    </div>
  );
}
