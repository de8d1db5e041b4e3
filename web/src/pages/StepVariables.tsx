import type { Step } from "../history/fold";
import { Payload } from "../ui/JsonView";
import { Bones, Trouble } from "../ui/parts";
import { useFlow } from "./StepFlow";

/** The variables a state saw and those it assigned; and its context object. */
export function StepVariables({ arn, step }: { arn: string; step: Step }) {
  const { data: flow, failure, reload } = useFlow(arn, step, null);
  if (failure && !flow) return <Trouble failure={failure} what="variables" onRetry={reload} />;
  if (!flow) return <Bones />;
  const names = [...new Set([...Object.keys(flow.variables), ...Object.keys(flow.assigned)])].sort();
  return (
    <>
      {names.length === 0 ? <p className="soft">No variable exists here: no state before has an Assign, and this one has none.</p> : (
        <table className="table variables">
          <thead><tr><th>Variable</th><th>When entered</th><th>When left</th></tr></thead>
          <tbody>
            {names.map((name) => {
              const [before, assigned] = [flow.variables[name], flow.assigned[name]];
              return (
                <tr key={name}>
                  <td><code>${name}</code></td>
                  <td className="break"><code>{before ?? <span className="faint">—</span>}</code></td>
                  <td className="break">{assigned === undefined ? <span className="faint">unchanged</span> : assigned === before ? <><code>{assigned}</code> <span className="faint">same</span></> : <><code>{assigned}</code> <span className="badge">{before === undefined ? "new" : "changed"}</span></>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Payload title="Context object" text={flow.context} />
    </>
  );
}
