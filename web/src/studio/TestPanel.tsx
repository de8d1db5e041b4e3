// One state tried on its own (TestState): with an input written here or taken from a past execution, for real or with a
// mocked answer.

import { useId, useState } from "react";
import type { StateNode } from "../asl/definition";
import { filled } from "../asl/tree";
import { Failure, states } from "../aws/client";
import type { MachineKind } from "../aws/types";
import { Code } from "../code/Code";
import { readJson } from "../lib/json";
import { place } from "../lib/settings";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Segments, toast, useAction } from "../ui/parts";
import { Row, SelectInput } from "./Form";
import { Outcome, type Answer } from "./Outcome";
import { lastVisit, usePastExecutions } from "./pasts";

type Mock = "real" | "result" | "error";

const LEVELS = [{ value: "TRACE", name: "Trace: with the request and the answer" }, { value: "DEBUG", name: "Debug: stage by stage" }, { value: "INFO", name: "Info: the outcome only" }];
const VALIDATION = [{ value: "STRICT", name: "Strict: as the service answers" }, { value: "PRESENT", name: "Members that are there" }, { value: "NONE", name: "Not checked" }];

interface Props {
  state: StateNode;
  text: string;
  /** The machine whose executions have data to try it with. */
  machine?: { arn: string; kind: MachineKind } | undefined;
  /** Go on with the next state, which gets this output. */
  onNext: (name: string) => void;
}

export function TestPanel({ state, text, machine, onNext }: Props) {
  const mockable = state.type === "Task" || state.type === "Map" || state.type === "Parallel";
  const key = `test ${state.name}`;
  const [input, setInput] = useState(() => memory.get(key) ?? "{}");
  const [variables, setVariables] = useState(() => memory.get(`${key} variables`) ?? "");
  const [context, setContext] = useState("");
  const [mock, setMock] = useState<Mock>(state.type === "Task" ? "real" : "result");
  const [reply, setReply] = useState(() => memory.get(`${key} mock`) ?? (state.type === "Map" || state.type === "Parallel" ? "[]" : "{}"));
  const [error, setError] = useState({ error: "States.TaskFailed", cause: "" });
  const [validation, setValidation] = useState("STRICT");
  const [level, setLevel] = useState("TRACE");
  const [secrets, setSecrets] = useState(false);
  const [more, setMore] = useState<Configuration>({});
  const [answer, setAnswer] = useState<Answer | Failure | null>(null);
  const mocked = mockable && mock !== "real";
  const texts = [["Input", input], ["Variables", variables.trim() || "{}"], ["Context", (mocked && context.trim()) || "{}"], ["Result", mocked && mock === "result" ? reply : "{}"], ["Items", more.mapItemReaderData || "[]"]] as const;
  const wrong = texts.map(([name, each]) => [name, readJson(each).problem] as const).find(([, problem]) => problem !== undefined);
  const [run, busy] = useAction(async () => {
    memory.set(key, input);
    memory.set(`${key} variables`, variables);
    memory.set(`${key} mock`, reply);
    const mocking = mock === "result" ? { result: reply, fieldValidationMode: validation } : { errorOutput: error };
    const question = {
      definition: filled(text),
      stateName: state.name,
      roleArn: `arn:aws:iam::${place.get().account}:role/console`,
      input,
      inspectionLevel: level,
      ...(variables.trim() && { variables }),
      ...(mocked && { mock: mocking }),
      ...(mocked && context.trim() && { context }),
      ...(mocked && Object.keys(more).length > 0 && { stateConfiguration: more }),
      ...(!mocked && secrets && { revealSecrets: true }),
    };
    try {
      setAnswer(await states<Answer>("TestState", question));
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      setAnswer(problem);
    }
  });
  return (
    <form className="stack" style={{ gap: 12 }} onSubmit={(event) => { event.preventDefault(); run(); }}>
      {machine?.kind === "STANDARD" && <PastData machine={machine.arn} state={state.name} onTake={(data) => { setInput(data.input); setVariables(data.variables); setContext(data.context); if (data.result !== undefined) setReply(data.result); }} />}
      <Row label="Input"><Code text={input} label="Test input" height={110} onChange={setInput} /></Row>
      <Row label="Variables" hint="A JSON object, when the state reads some"><Code text={variables} label="Test variables" height={56} onChange={setVariables} bare /></Row>
      {mockable && (
        <Row label="The work is">
          <Segments label="The work is" value={mock} onChange={setMock} options={[...(state.type === "Task" ? [{ id: "real" as const, name: "Done for real" }] : []), { id: "result", name: "Mocked" }, { id: "error", name: "Mocked to fail" }]} />
        </Row>
      )}
      {mocked && mock === "result" && <Row label="Result"><Code text={reply} label="Mocked result" height={90} onChange={setReply} bare /></Row>}
      {mocked && mock === "error" && (
        <div className="pair">
          <div className="field"><label htmlFor="mock-error">Error</label><input id="mock-error" className="input" value={error.error} onChange={(event) => setError({ ...error, error: event.target.value })} /></div>
          <div className="field"><label htmlFor="mock-cause">Cause</label><input id="mock-cause" className="input" value={error.cause} onChange={(event) => setError({ ...error, cause: event.target.value })} /></div>
        </div>
      )}
      <details className="more">
        <summary>More to set</summary>
        <div className="stack" style={{ gap: 12, paddingTop: 12 }}>
          <SelectInput label="Inspection level" none={null} value={level} options={LEVELS} onChange={setLevel} />
          {mocked && mock === "result" && state.type === "Task" && <SelectInput label="The mocked result is checked" none={null} value={validation} options={VALIDATION} onChange={setValidation} />}
          {mocked && <Row label="Context" hint="The context object: Execution, State, Task.Token"><Code text={context} label="Test context" height={56} onChange={setContext} bare /></Row>}
          {mocked && <Configure state={state} value={more} onChange={setMore} />}
          {!mocked && mockable && <label className="row"><input type="checkbox" checked={secrets} onChange={(event) => setSecrets(event.target.checked)} />Show secrets of an HTTP request</label>}
        </div>
      </details>
      <div className="row">
        <span className="grow wrong">{wrong && `${wrong[0]}: ${wrong[1]}`}</span>
        <button type="submit" className="btn primary" disabled={busy || wrong !== undefined}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />Test the state</button>
      </div>
      <div aria-live="polite" className="stack" style={{ gap: 10 }}>
        {answer instanceof Failure ? <p className="note error"><Icon name="alert" size={13} /><span className="break"><strong>{answer.code}</strong> {answer.message}</span></p> : answer && <Outcome answer={answer} state={state} onNext={onNext} />}
      </div>
    </form>
  );
}

/** TestState's stateConfiguration. */
interface Configuration {
  retrierRetryCount?: number;
  mapIterationFailureCount?: number;
  errorCausedByState?: string;
  mapItemReaderData?: string;
}

function Configure({ state, value, onChange }: { state: StateNode; value: Configuration; onChange: (value: Configuration) => void }) {
  const id = useId();
  const change = (name: keyof Configuration, typed: string, number: boolean) => {
    const { [name]: _, ...rest } = value;
    onChange(typed.trim() === "" ? rest : { ...rest, [name]: number ? Number(typed) || 0 : typed });
  };
  const field = (name: keyof Configuration, label: string, hint: string, number: boolean) => (
    <Row id={`${id}${name}`} label={label} hint={hint}>
      <input id={`${id}${name}`} className="input" inputMode={number ? "numeric" : undefined} value={value[name] ?? ""} onChange={(event) => change(name, event.target.value, number)} />
    </Row>
  );
  return (
    <>
      {state.body.Retry !== undefined && field("retrierRetryCount", "Retries before", "How often the retrier has tried already", true)}
      {state.type === "Map" && field("mapIterationFailureCount", "Failed iterations", "How many items failed already", true)}
      {(state.type === "Map" || state.type === "Parallel") && field("errorCausedByState", "State that failed", "The name of a state inside", false)}
      {state.body.ItemReader !== undefined && <Row label="What the reader reads" hint="A JSON array of items"><Code text={value.mapItemReaderData ?? ""} label="Items of the reader" height={56} onChange={(typed) => change("mapItemReaderData", typed, false)} bare /></Row>}
    </>
  );
}

interface PastProps {
  machine: string;
  state: string;
  onTake: (data: { input: string; variables: string; context: string; result?: string | undefined }) => void;
}

/** Fills the form with what a past execution had when it came here. */
function PastData({ machine, state, onTake }: PastProps) {
  const executions = usePastExecutions(machine);
  const [taken, setTaken] = useState("");
  const [take, busy] = useAction(async (arn: string) => {
    const visit = await lastVisit(arn, state);
    if (!visit) return toast(`This execution did not come to ${state}.`, true);
    setTaken(arn);
    onTake(visit);
  });
  if (!executions.data?.length) return null;
  return <SelectInput label="Data of" none={busy ? "Reading…" : "What is written here"} value={taken} options={executions.data.map(({ executionArn, name, status }) => ({ value: executionArn, name: `${name} (${status.toLowerCase().replace("_", " ")})` }))} onChange={(arn) => (arn ? take(arn) : setTaken(""))} />;
}
