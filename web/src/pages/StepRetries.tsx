// Every attempt of a state, what ended it, the pauses between, and the rules that led to them.

import type { StateNode } from "../asl/definition";
import type { Step } from "../history/fold";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import type { Json } from "../lib/json";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { CauseText } from "./ErrorBanner";

type Rule = Record<string, Json>;

export function StepRetries({ step, node }: { step: Step; node: StateNode | undefined }) {
  const now = useNow(step.status === "running");
  const rules = (name: string) => (Array.isArray(node?.body[name]) ? (node.body[name] as Rule[]) : []);
  const [retriers, catchers] = [rules("Retry"), rules("Catch")];
  return (
    <>
      <ol className="attempts">
        {step.attempts.map((attempt, index) => {
          const next = step.attempts[index + 1];
          const state = attempt.error !== undefined ? "bad" : attempt.ended ? "ok" : "run";
          return (
            <li key={index}>
              <button type="button" className="attempt" onClick={() => setQuery({ part: "flow", attempt: index })} title="Show its data flow">
                <span className={`g-icon i-${state}`}><Icon name={state === "bad" ? "cross" : state === "ok" ? "check" : "spinner"} size={14} spin={state === "run"} /></span>
                <strong>Attempt {index + 1}</strong>
                <span className="grow clip">{attempt.error !== undefined ? <span className="wrong">{attempt.error || "Failed"}</span> : attempt.ended ? "Succeeded" : attempt.submitted ? "Waits for news" : "Runs"}</span>
                <span className="num soft">{duration((attempt.ended ?? step.ended ?? now) - (attempt.started ?? attempt.scheduled))}</span>
              </button>
              {attempt.cause && <div className="attempt-cause"><CauseText cause={attempt.cause} /></div>}
              {!next && step.retrying && <p className="pause num"><Icon name="clock" size={12} />waits to be tried again, for {duration(now - (attempt.ended ?? now))} so far</p>}
              {next && attempt.ended !== undefined && <p className="pause num"><Icon name="clock" size={12} />waited {duration(next.scheduled - attempt.ended)}</p>}
            </li>
          );
        })}
      </ol>
      {!step.attempts.length && <p className="soft">A {step.type} state is not tried again.</p>}
      {retriers.length > 0 && <Rules title="Retry" rules={retriers} />}
      {catchers.length > 0 && <Rules title="Catch" rules={catchers} />}
      {step.attempts.length > 0 && !retriers.length && !catchers.length && <p className="faint">The state has neither Retry nor Catch: its first failure is final.</p>}
    </>
  );
}

function Rules({ title, rules }: { title: string; rules: Rule[] }) {
  return (
    <section className="json-card" aria-label={title}>
      <header><h3>{title}</h3></header>
      <ol className="rules">
        {rules.map((rule, index) => (
          <li key={index}>
            <span className="num faint">{index + 1}</span>
            <span className="grow">{(Array.isArray(rule.ErrorEquals) ? rule.ErrorEquals : []).map((name) => <code key={String(name)} className="badge">{String(name)}</code>)}</span>
            <span className="soft num">{title === "Catch" ? <>→ {String(rule.Next)}</> : <>{String(rule.MaxAttempts ?? 3)} × after {String(rule.IntervalSeconds ?? 1)} s, × {String(rule.BackoffRate ?? 2)}{rule.MaxDelaySeconds !== undefined && `, at most ${String(rule.MaxDelaySeconds)} s`}{rule.JitterStrategy === "FULL" && ", jitter"}</>}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
