// Many executions stopped or redriven at once: the number to confirm, progress that can be halted, refusals one by one.

import { useEffect, useRef, useState } from "react";
import { Failure, states } from "../aws/client";
import type { FoundExecution } from "../aws/ledgers";
import type { Status } from "../aws/types";
import { count, plural } from "../lib/format";
import { Icon } from "../ui/Icon";
import { Dialog, toast } from "../ui/parts";
import { matching, type ExecutionFilter, type Whose } from "./executions-data";

export type Deed = "stop" | "redrive";

const AT_ONCE = 6;
/** From so many on, the number must be typed. */
const MANY = 10;
/** Refusals that are told one by one. */
const TOLD = 20;
const DEEDS: Record<Deed, { title: string; operation: string; done: string; fits: readonly Status[]; what: string }> = {
  stop: { title: "Stop", operation: "StopExecution", done: "Stopped", fits: ["RUNNING"], what: "What runs is aborted at once. Stopped executions can be redriven." },
  redrive: { title: "Redrive", operation: "RedriveExecution", done: "Redriven", fits: ["FAILED", "TIMED_OUT", "ABORTED"], what: "Each goes on from the state in which it failed." },
};

export function suits(deed: Deed, { status }: { status: Status }): boolean {
  return DEEDS[deed].fits.includes(status);
}

/** Some that were chosen, or all that fit a filter. */
export type Chosen = FoundExecution[] | { whose: Whose; filter: ExecutionFilter };

type Phase = "finding" | "asking" | "acting" | "done";

export function Bulk({ deed, chosen, onClose }: { deed: Deed; chosen: Chosen; onClose: (done: boolean) => void }) {
  const { title, operation, done: word, what } = DEEDS[deed];
  // What was meant when the dialog opened: executions that end meanwhile must not change the number.
  const runs = useRef<FoundExecution[]>(Array.isArray(chosen) ? chosen.filter((run) => suits(deed, run)) : []);
  const [phase, setPhase] = useState<Phase>(Array.isArray(chosen) ? "asking" : "finding");
  const [found, setFound] = useState(runs.current.length);
  const [acted, setActed] = useState(0);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const refused = useRef<string[]>([]);
  const halted = useRef(false);

  const first = useRef(chosen).current;
  useEffect(() => {
    if (Array.isArray(first)) return;
    const abort = new AbortController();
    const find = async () => {
      const all: FoundExecution[] = [];
      for await (const page of matching(first.whose, first.filter, DEEDS[deed].fits, abort.signal)) {
        all.push(...page);
        setFound(all.length);
      }
      runs.current = all;
      setPhase("asking");
    };
    find().catch((error: unknown) => !abort.signal.aborted && setProblem(error instanceof Error ? error.message : String(error)));
    return () => abort.abort();
  }, [first, deed]);
  // Leaving the page halts what goes on, too.
  useEffect(() => () => { halted.current = true; }, []);

  const act = async () => {
    const waiting = runs.current[Symbol.iterator]();
    let ended = 0;
    setPhase("acting");
    const worker = async () => {
      for (const run of { [Symbol.iterator]: () => ({ next: () => waiting.next() }) }) {
        if (halted.current) return;
        try {
          await states(operation, { executionArn: run.executionArn });
        } catch (error) {
          refused.current.push(`${run.name}: ${error instanceof Failure ? error.message : String(error)}`);
          // Nobody is there any more: thousands of further refusals would say the same.
          if (error instanceof Failure && error.offline) halted.current = true;
        }
        setActed(++ended);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const good = ended - refused.current.length;
    if (good) toast(`${word} ${plural(good, "execution")}`);
    if (!refused.current.length && !halted.current) onClose(true);
    else setPhase("done");
  };
  const total = runs.current.length;
  const confirmed = total < MANY || typed.replaceAll(/[^\d]/g, "") === String(total);
  const heading = phase === "finding" ? `Looking for executions to ${title.toLowerCase()}` : phase === "asking" && total === 0 ? `Nothing to ${title.toLowerCase()}` : `${title} ${plural(total, "execution")}?`;
  const close = () => phase !== "acting" && onClose(phase === "done");
  return (
    <Dialog
      narrow
      title={phase === "acting" || phase === "done" ? `${title} ${plural(total, "execution")}` : heading}
      onClose={close}
      foot={
        <>
          <span className="grow" />
          {phase === "acting" ? (
            <button type="button" className="btn" onClick={() => { halted.current = true; }}><Icon name="stop" size={12} />Halt</button>
          ) : (
            <button type="button" className="btn" onClick={close}>{phase === "done" || (phase === "asking" && total === 0) ? "Close" : "Cancel"}</button>
          )}
          {phase === "asking" && total > 0 && <button type="button" className={`btn primary ${deed === "stop" ? "danger" : ""}`} disabled={!confirmed} onClick={() => void act()}>{title} {count(total)}</button>}
        </>
      }
    >
      {problem !== null && <p className="wrong break" role="alert">{problem}</p>}
      {phase === "finding" && problem === null && <p role="status" className="row"><Icon name="spinner" spin />{plural(found, "execution")} so far</p>}
      {phase === "asking" && (total === 0 ? <p>{deed === "stop" ? "None of them is running." : "None of them has failed, timed out or been stopped."}</p> : <p>{what}{total < 4 && <> <span className="break">{runs.current.map(({ name }) => name).join(", ")}</span></>}</p>)}
      {phase === "asking" && total >= MANY && (
        <div className="field">
          <label htmlFor="bulk-count">Type <strong className="num">{total}</strong> to confirm</label>
          <input id="bulk-count" className="input" data-autofocus autoFocus inputMode="numeric" value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={(event) => event.key === "Enter" && confirmed && void act()} autoComplete="off" />
        </div>
      )}
      {(phase === "acting" || phase === "done") && (
        <div className="field">
          <progress className="progress" max={total} value={acted} aria-label="Progress" />
          <p role="status" className="num soft">{count(acted)} of {count(total)}{phase === "done" && acted < total && `; ${count(total - acted)} were left alone`}</p>
        </div>
      )}
      {phase === "done" && refused.current.length > 0 && (
        <div className="stack" role="alert" style={{ gap: 4 }}>
          <strong>{plural(refused.current.length, "execution was", "executions were")} refused:</strong>
          <ul className="stack" style={{ gap: 4 }}>{refused.current.slice(0, TOLD).map((text) => <li key={text} className="wrong break">{text}</li>)}</ul>
          {refused.current.length > TOLD && <span className="soft">and {count(refused.current.length - TOLD)} more</span>}
        </div>
      )}
    </Dialog>
  );
}
