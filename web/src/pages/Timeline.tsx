// When everything ran: one row per visit, nested like the states; every attempt is a piece, the pauses between are empty.

import { useState } from "react";
import type { Step, Story } from "../history/fold";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import { Icon } from "../ui/Icon";
import { Bones } from "../ui/parts";
import { look } from "../ui/Status";

const BATCH = 300;
const TICKS = 5;

export function Timeline({ story, chosen, onSelect }: { story: Story; chosen: Step | undefined; onSelect: (step: number) => void }) {
  const now = useNow(story.ended === null, 250);
  const [shown, setShown] = useState(BATCH);
  if (!story.steps.length) return <Bones />;
  const from = story.steps[0]!.entered;
  const to = Math.max(story.ended ?? now, from + 0.001);
  const share = (at: number) => `${((Math.min(at, to) - from) / (to - from)) * 100}%`;
  const width = (start: number, end: number) => `${Math.max(0, (Math.min(end, to) - start) / (to - from)) * 100}%`;
  return (
    <div className="gantt">
      <div className="gantt-row gantt-axis">
        <span>State</span>
        <div className="gantt-track">{Array.from({ length: TICKS }, (_, index) => <i key={index} className="num" style={{ left: `${(index / (TICKS - 1)) * 100}%` }}>{duration(((to - from) * index) / (TICKS - 1))}</i>)}</div>
        <span style={{ textAlign: "right" }}>Duration</span>
      </div>
      {story.steps.slice(0, shown).map((step) => {
        const { tone, icon, word } = look(step.status);
        const end = step.ended ?? now;
        const fork = step.type === "Parallel" || step.type === "Map";
        return (
          <button key={step.id} type="button" className="gantt-row" aria-pressed={step === chosen} onClick={() => onSelect(step.id)}>
            <span className="gantt-name" style={{ "--depth": step.depth } as React.CSSProperties}>
              <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} spin={icon === "spinner"} /></span>
              <span className="clip">{step.name}{step.iteration !== null && ` [${step.iteration}]`}</span>
              <span className="sr">{word}</span>
            </span>
            <span className="gantt-track">
              <span className={`gantt-bar ${fork || step.attempts.length ? "frame" : ""} ${tone}`} style={{ left: share(step.entered), width: width(step.entered, end) }} />
              {step.attempts.map((attempt, index) => (
                <span
                  key={index}
                  className={`gantt-bar ${attempt.error !== undefined ? "bad" : attempt.ended ? "ok" : tone}`}
                  title={`Attempt ${index + 1}${attempt.error ? `: ${attempt.error}` : ""}`}
                  style={{ left: share(attempt.started ?? attempt.scheduled), width: width(attempt.started ?? attempt.scheduled, attempt.ended ?? end) }}
                />
              ))}
            </span>
            <span className="num" style={{ textAlign: "right" }}>{duration(end - step.entered)}</span>
          </button>
        );
      })}
      {story.steps.length > shown && <div className="row" style={{ justifyContent: "center", padding: 12 }}><button type="button" className="btn" onClick={() => setShown(shown * 4)}>Show more ({story.steps.length - shown} left)</button></div>}
    </div>
  );
}
