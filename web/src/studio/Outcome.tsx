// What came of a state that was tried: how it ended and what that leads to, then the data stage by stage.

import type { StateNode } from "../asl/definition";
import type { Json } from "../lib/json";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { StatusBadge } from "../ui/Status";

export interface Answer {
  status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  output?: string;
  error?: string;
  cause?: string;
  nextState?: string;
  inspectionData?: Inspection;
}

interface Inspection {
  [name: string]: Json | undefined | { [name: string]: Json };
  errorDetails?: { catchIndex?: number; retryIndex?: number; retryBackoffIntervalSeconds?: number };
}

/** The stages in the order in which data passes through them. */
const STAGES: Record<string, string> = {
  input: "Input", afterInputPath: "After InputPath", afterParameters: "After Parameters", afterArguments: "After Arguments", afterItemsPath: "Items", afterItemsPointer: "Items",
  afterItemSelector: "After ItemSelector", afterItemBatcher: "Batches", result: "Result", afterResultSelector: "After ResultSelector", afterResultPath: "After ResultPath", variables: "Variables",
};
const NUMBERS: Record<string, string> = { maxConcurrency: "Maximum concurrency", toleratedFailureCount: "Tolerated failures", toleratedFailurePercentage: "Tolerated failures (%)" };

export function Outcome({ answer, state, onNext }: { answer: Answer; state: StateNode; onNext: (name: string) => void }) {
  const { status, error, cause, output, nextState, inspectionData: data = {} } = answer;
  const go = () => {
    if (output !== undefined) memory.set(`test ${nextState}`, output);
    if (typeof data.variables === "string") memory.set(`test ${nextState} variables`, data.variables);
    onNext(nextState!);
  };
  return (
    <section className="stack" style={{ gap: 10 }} aria-label="Outcome">
      <div className="row wrap">
        {status === "RETRIABLE" ? <span className="status tone-warn"><Icon name="retry" size={13} />Would be retried</span> : <StatusBadge status={status === "CAUGHT_ERROR" ? "caught" : status} />}
        <span className="soft grow">{handled(state, answer)}{nextState && <>{status === "CAUGHT_ERROR" ? "goes on with " : "then "}<strong>{nextState}</strong></>}</span>
        {nextState && output !== undefined && <button type="button" className="btn small" onClick={go}><Icon name="right" size={12} />Test that next</button>}
      </div>
      {error !== undefined && (
        <section className="banner" aria-label="Error"><Icon name="alert" /><div className="grow stack" style={{ gap: 4 }}>
          <h3 className="break">{error}</h3>
          {cause && <Cause cause={cause} />}
        </div></section>
      )}
      {output !== undefined && <Payload title="Output" text={output} />}
      <Stages data={data} open={status === "FAILED"} />
      {typeof data.request === "object" && data.request !== null && <Wire title="Request" parts={data.request as Record<string, string>} />}
      {typeof data.response === "object" && data.response !== null && <Wire title="Answer" parts={data.response as Record<string, string>} />}
    </section>
  );
}

function handled(state: StateNode, { status, inspectionData }: Answer): string {
  const { retryIndex, retryBackoffIntervalSeconds: pause, catchIndex } = inspectionData?.errorDetails ?? {};
  if (status === "RETRIABLE") return `${retryIndex === undefined ? "" : `by retrier ${retryIndex + 1}`}${pause === undefined ? "" : ` in ${pause} s`} `;
  if (status === "CAUGHT_ERROR" && catchIndex !== undefined) return `by catcher ${catchIndex + 1}, `;
  if (status === "FAILED" && (state.body.Retry !== undefined || state.body.Catch !== undefined)) return "no retrier or catcher takes it ";
  return "";
}

/** A cause that is JSON (Lambda's) is unfolded. */
function Cause({ cause }: { cause: string }) {
  try {
    const read = JSON.parse(cause) as { errorMessage?: string; stackTrace?: string[] };
    if (typeof read.errorMessage === "string") return <><p className="break">{read.errorMessage}</p>{read.stackTrace?.length ? <pre className="text">{read.stackTrace.join("\n")}</pre> : null}</>;
  } catch {
    // A text.
  }
  return <p className="break">{cause}</p>;
}

function Stages({ data, open }: { data: Inspection; open: boolean }) {
  const found = Object.keys(STAGES).filter((name) => data[name] !== undefined);
  const numbers = Object.keys(NUMBERS).filter((name) => data[name] !== undefined);
  if (!found.length) return null;
  let last: string | null = null;
  return (
    <details open={open}>
      <summary>Stage by stage</summary>
      <ol className="stack stages">
        {found.map((name) => {
          const text = typeof data[name] === "string" ? data[name] : JSON.stringify(data[name]);
          const same = text === last;
          last = text;
          return <li key={name}>{same ? <p className="row soft"><Icon name="check" size={12} />{STAGES[name]}: unchanged</p> : <Payload title={STAGES[name]!} text={text} />}</li>;
        })}
      </ol>
      {numbers.length > 0 && <dl className="pairs" style={{ padding: "10px 0 0" }}>{numbers.map((name) => <div key={name}><dt>{NUMBERS[name]}</dt><dd className="num">{String(data[name])}</dd></div>)}</dl>}
    </details>
  );
}

/** What went over the wire: the first line, headers, body. */
function Wire({ title, parts }: { title: string; parts: Record<string, string> }) {
  const first = [parts.method, parts.url, parts.protocol, parts.statusCode, parts.statusMessage].filter(Boolean).join(" ");
  return (
    <details>
      <summary>{title}{parts.statusCode ? ` · ${parts.statusCode}` : ""}</summary>
      <div className="stack" style={{ gap: 8, paddingTop: 10 }}>
        {first && <code className="break">{first}</code>}
        {parts.headers && <Payload title="Headers" text={parts.headers} />}
        {parts.body !== undefined && <Payload title="Body" text={parts.body} />}
      </div>
    </details>
  );
}
