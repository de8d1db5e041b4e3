// One state tried on its own (TestState): with the input given, for real or with a mocked answer.

import { useState } from "react";
import type { StateNode } from "../asl/definition";
import { plain } from "../asl/tree";
import { Failure, states } from "../aws/client";
import { Code } from "../code/Code";
import { readJson, type Json } from "../lib/json";
import { place } from "../lib/settings";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Segments } from "../ui/parts";
import { StatusBadge } from "../ui/Status";
import { Row } from "./Form";

interface Answer {
  status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  output?: string;
  error?: string;
  cause?: string;
  nextState?: string;
  inspectionData?: Record<string, Json>;
}

type Mock = "real" | "result" | "error";

/** The stages in the order in which data passes through them; everything else follows. */
const STAGES: Record<string, string> = {
  input: "Input", afterInputPath: "After InputPath", afterParameters: "After Parameters", afterArguments: "After Arguments", afterItemsPath: "After ItemsPath", afterItemSelector: "After ItemSelector",
  request: "Request", response: "Response", result: "Result", afterResultSelector: "After ResultSelector", afterResultPath: "After ResultPath", variables: "Variables",
};

export function TestPanel({ state, text }: { state: StateNode; text: string }) {
  const mockable = state.type === "Task" || state.type === "Map" || state.type === "Parallel";
  const [input, setInput] = useState(() => memory.get(`test ${state.name}`) ?? "{}");
  const [variables, setVariables] = useState("");
  const [mock, setMock] = useState<Mock>(state.type === "Task" ? "real" : "result");
  const [reply, setReply] = useState(state.type === "Map" || state.type === "Parallel" ? "[]" : "{}");
  const [error, setError] = useState({ error: "States.TaskFailed", cause: "" });
  const [answer, setAnswer] = useState<Answer | Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const wrong = [input, variables.trim() || "{}", mockable && mock === "result" ? reply : "{}"].map((each) => readJson(each).problem).find((problem) => problem !== undefined) ?? null;
  const run = async () => {
    setBusy(true);
    memory.set(`test ${state.name}`, input);
    const given = !mockable || mock === "real" ? undefined : mock === "result" ? { result: reply } : { errorOutput: error };
    try {
      setAnswer(await states<Answer>("TestState", { definition: plain(text), stateName: state.name, roleArn: `arn:aws:iam::${place.get().account}:role/console`, input, inspectionLevel: "TRACE", ...(variables.trim() && { variables }), ...(given && { mock: given }) }));
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      setAnswer(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="stack" style={{ gap: 12 }}>
      <Row label="Input"><Code text={input} label="Test input" height={110} onChange={setInput} /></Row>
      <Row label="Variables" hint="A JSON object, when the state reads some"><Code text={variables} label="Test variables" height={56} onChange={setVariables} bare /></Row>
      {mockable && (
        <Row label="The work is">
          <Segments label="The work is" value={mock} onChange={setMock} options={[...(state.type === "Task" ? [{ id: "real" as const, name: "Done for real" }] : []), { id: "result", name: "Mocked" }, { id: "error", name: "Mocked to fail" }]} />
        </Row>
      )}
      {mockable && mock === "result" && <Row label="Result"><Code text={reply} label="Mocked result" height={90} onChange={setReply} bare /></Row>}
      {mockable && mock === "error" && (
        <div className="pair">
          <div className="field"><label htmlFor="mock-error">Error</label><input id="mock-error" className="input" value={error.error} onChange={(event) => setError({ ...error, error: event.target.value })} /></div>
          <div className="field"><label htmlFor="mock-cause">Cause</label><input id="mock-cause" className="input" value={error.cause} onChange={(event) => setError({ ...error, cause: event.target.value })} /></div>
        </div>
      )}
      <div className="row">
        <span className="grow wrong">{wrong}</span>
        <button type="button" className="btn primary" disabled={busy || wrong !== null} onClick={run}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />Test the state</button>
      </div>
      <div aria-live="polite" className="stack" style={{ gap: 10 }}>
        {answer instanceof Failure ? <p className="note error"><Icon name="alert" size={13} />{answer.message}</p> : answer && <Outcome answer={answer} />}
      </div>
    </div>
  );
}

const SHOWN: Record<Answer["status"], string> = { SUCCEEDED: "SUCCEEDED", FAILED: "FAILED", RETRIABLE: "retriable", CAUGHT_ERROR: "caught" };

function Outcome({ answer }: { answer: Answer }) {
  const stages = Object.entries(answer.inspectionData ?? {});
  const order = Object.keys(STAGES);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return (
    <section className="stack" style={{ gap: 10 }} aria-label="Outcome">
      <div className="row wrap">
        {answer.status === "RETRIABLE" ? <span className="status tone-warn"><Icon name="retry" size={13} />Would be retried</span> : <StatusBadge status={SHOWN[answer.status]} />}
        {answer.nextState && <span className="soft">then <strong>{answer.nextState}</strong></span>}
      </div>
      {answer.error && <p className="wrong break"><strong>{answer.error}</strong> {answer.cause}</p>}
      {answer.output !== undefined && <Payload title="Output" text={answer.output} />}
      {stages.length > 0 && (
        <details>
          <summary>Stage by stage</summary>
          <div className="stack" style={{ gap: 10, paddingTop: 10 }}>
            {stages.sort(([one], [other]) => rank(one) - rank(other)).map(([name, value]) => <Payload key={name} title={STAGES[name] ?? name} text={typeof value === "string" ? value : JSON.stringify(value)} />)}
          </div>
        </details>
      )}
    </section>
  );
}
