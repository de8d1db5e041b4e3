import { useState } from "react";
import type { Step, Story } from "../history/fold";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import { Bones } from "../ui/parts";
import { StatusBadge } from "../ui/Status";

const BATCH = 300;

/** Every visit of a state, in order: the graph's content as a table. */
export function StateTable({ story, chosen, onSelect, start }: { story: Story; chosen: Step | undefined; onSelect: (step: number) => void; start: number | undefined }) {
  const now = useNow(story.ended === null);
  const [shown, setShown] = useState(BATCH);
  if (!story.steps.length) return <Bones />;
  return (
    <>
      <table className="table">
        <thead><tr><th>State</th><th>Type</th><th>Status</th><th className="end">Attempts</th><th className="end">After</th><th className="end">Duration</th></tr></thead>
        <tbody>
          {story.steps.slice(0, shown).map((step) => (
            <tr key={step.id} className="link-row" aria-selected={step === chosen} onClick={() => onSelect(step.id)}>
              <td className="name"><button type="button" style={{ paddingLeft: step.depth * 16, textAlign: "left", fontWeight: 560, color: "var(--accent)" }} onClick={() => onSelect(step.id)}>{step.name}{step.iteration !== null && <span className="faint num"> [{step.iteration}]</span>}</button></td>
              <td className="tight soft">{step.type}</td>
              <td className="tight"><StatusBadge status={step.status} /></td>
              <td className="tight end num soft">{step.attempts.length || "—"}</td>
              <td className="tight end num soft">{duration(step.entered - (start ?? step.entered))}</td>
              <td className="tight end num">{duration((step.ended ?? now) - step.entered)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {story.steps.length > shown && <div className="row" style={{ justifyContent: "center", padding: 12 }}><button type="button" className="btn" onClick={() => setShown(shown * 4)}>Show more ({story.steps.length - shown} left)</button></div>}
    </>
  );
}
