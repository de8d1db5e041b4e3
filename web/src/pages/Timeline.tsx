// When everything ran: one row per visit, nested like the states. Working, waiting and pauses look different; idle time
// can be folded, and the view zoomed with buttons, keys or the wheel.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Step, Story } from "../history/fold";
import { nested } from "../history/scopes";
import { crushed, pieces, scale, type Scale } from "../history/timeline";
import { useNow } from "../lib/data";
import { duration } from "../lib/format";
import { setQuery } from "../lib/route";
import { useRows } from "../lib/rows";
import { Icon } from "../ui/Icon";
import { Bones } from "../ui/parts";
import { look } from "../ui/Status";

const ROW = 32;
const TICKS = 4;
const NEAREST = 0.0005;

interface View {
  from: number;
  to: number;
}

export function Timeline({ story, chosen, onSelect, query, now: given }: { story: Story; chosen: Step | undefined; onSelect: (step: number) => void; query: URLSearchParams; now: number | null }) {
  const ticking = useNow(story.ended === null && given === null, 250);
  const now = given ?? ticking;
  const [view, setView] = useState<View>({ from: 0, to: 1 });
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const from = story.steps[0]?.entered ?? 0;
  const to = Math.max(story.ended ?? now, from + 0.001);
  const idle = query.get("idle");
  const folding = useMemo(() => (idle ? idle === "folded" : crushed(story.steps, from, to)), [idle, story, from, to]);
  const axis = useMemo(() => scale(story.steps, from, to, folding), [story, from, to, folding]);
  const ordered = useMemo(() => nested(story.steps), [story]);
  const rows = useMemo(() => (closed.size ? ordered.filter((step) => !within(step, closed)) : ordered), [ordered, closed]);
  const { host, first, last, before, after } = useRows<HTMLDivElement>(rows.length, ROW);
  const zoom = useCallback((factor: number, at = 0.5) => setView((old) => {
    const size = Math.min(1, Math.max(NEAREST, (old.to - old.from) * factor));
    const start = Math.min(1 - size, Math.max(0, old.from + at * (old.to - old.from - size)));
    return { from: start, to: start + size };
  }), []);
  const pan = useCallback((by: number) => setView((old) => {
    const size = old.to - old.from;
    const start = Math.min(1 - size, Math.max(0, old.from + by * size));
    return { from: start, to: start + size };
  }), []);
  const area = useWheel(zoom, pan);
  if (!story.steps.length) return <Bones />;
  const place = (time: number) => (axis.at(time) - view.from) / (view.to - view.from);
  const folded = axis.stretches.filter((each) => each.folded);
  const keys = (event: React.KeyboardEvent) => {
    const act = { "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.6), "0": () => setView({ from: 0, to: 1 }), ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2) }[event.key];
    if (act && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      act();
    }
  };
  const toggle = (id: number) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  return (
    <div className="gantt" ref={area}>
      <div className="toolbar gantt-tools" role="group" aria-label="Time scale" onKeyDown={keys}>
        <button type="button" className="btn small icon" aria-label="Zoom in" onClick={() => zoom(0.6)}><Icon name="plus" size={14} /></button>
        <button type="button" className="btn small icon" aria-label="Zoom out" disabled={view.to - view.from >= 1} onClick={() => zoom(1.6)}><Icon name="minus" size={14} /></button>
        <button type="button" className="btn small" disabled={view.to - view.from >= 1} onClick={() => setView({ from: 0, to: 1 })}>All</button>
        {view.to - view.from < 1 && <input type="range" min={0} max={1000} aria-label="Position in time" value={Math.round((view.from / Math.max(1e-9, 1 - (view.to - view.from))) * 1000)} onChange={(event) => { const size = view.to - view.from; const start = (Number(event.target.value) / 1000) * (1 - size); setView({ from: start, to: start + size }); }} />}
        <label className="row"><input type="checkbox" checked={folding} onChange={(event) => setQuery({ idle: event.target.checked ? "folded" : "shown" })} />Fold idle time{folded.length > 0 && <span className="faint">{duration(folded.reduce((sum, each) => sum + each.to - each.from, 0))} folded</span>}</label>
        <span className="grow" />
        <span className="gantt-key" aria-hidden><i className="gantt-bar ok" />works <i className="gantt-bar k-wait ok" />waits <i className="gantt-bar k-queue ok" />queued <i className="gantt-bar k-pause" />pause</span>
      </div>
      <div className="gantt-row gantt-axis">
        <span>State</span>
        <div className="gantt-track">{ticks(axis, view, from).map(({ share, text }, index) => <i key={index} className="num" style={{ left: `${share * 100}%` }}>{text}</i>)}</div>
        <span style={{ textAlign: "right" }}>Duration</span>
      </div>
      <div ref={host} style={{ paddingTop: before, paddingBottom: after }}>
        {rows.slice(first, last).map((step) => (
          <Row key={step.id} {...{ step, now, place, folded }} pressed={step === chosen} onSelect={onSelect} closed={closed.has(step.id)} onToggle={step.type === "Map" || step.type === "Parallel" ? () => toggle(step.id) : null} />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  step: Step;
  now: number;
  place: (time: number) => number;
  folded: Scale["stretches"];
  pressed: boolean;
  closed: boolean;
  onToggle: (() => void) | null;
  onSelect: (step: number) => void;
}

function Row({ step, now, place, folded, pressed, closed, onToggle, onSelect }: RowProps) {
  const { tone, icon, word } = look(step.status);
  const lasted = (step.ended ?? now) - step.entered;
  return (
    <div className={`gantt-row ${pressed ? "chosen" : ""}`} style={{ height: ROW }}>
      <span className="gantt-name" style={{ "--depth": step.depth } as React.CSSProperties}>
        {onToggle ? <button type="button" className="gantt-fold" aria-expanded={!closed} aria-label={`${closed ? "Unfold" : "Fold"} ${step.name}`} onClick={onToggle}><Icon name="right" size={11} /></button> : <span className="gantt-fold" />}
        <button type="button" className="gantt-pick" aria-pressed={pressed} onClick={() => onSelect(step.id)}>
          <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} spin={icon === "spinner"} /></span>
          <span className="clip">{step.name}{step.iteration !== null && ` [${step.iteration}]`}</span>
          <span className="sr">{word}, {duration(lasted)}</span>
        </button>
      </span>
      <span className="gantt-track" aria-hidden onClick={() => onSelect(step.id)}>
        {folded.map((each) => <i key={each.from} className="gantt-folded" style={bar(place(each.from), place(each.to))} title={`${duration(each.to - each.from)} in which nothing ran`} />)}
        {pieces(step, now).map((piece, index) => {
          const [start, end] = [place(piece.from), place(piece.to)];
          if (end < 0 || start > 1) return null;
          return <span key={index} className={`gantt-bar k-${piece.kind} ${piece.tone}`} title={`${piece.note}, ${duration(piece.to - piece.from)}`} style={bar(start, end)} />;
        })}
      </span>
      <span className="num" style={{ textAlign: "right" }}>{duration(lasted)}</span>
    </div>
  );
}

function bar(start: number, end: number): React.CSSProperties {
  const [left, right] = [Math.max(0, start), Math.min(1, end)];
  // What lasted no time at the very end is still to be seen.
  return { left: `min(${left * 100}%, 100% - 3px)`, width: `${Math.max(0, right - left) * 100}%` };
}

function within(step: Step, closed: ReadonlySet<number>): boolean {
  for (let at = step.parent; at; at = at.parent) if (closed.has(at.id)) return true;
  return false;
}

function ticks(axis: Scale, view: View, from: number): { share: number; text: string }[] {
  return Array.from({ length: TICKS }, (_, index) => {
    const share = index / (TICKS - 1);
    return { share, text: duration(axis.time(view.from + share * (view.to - view.from)) - from) };
  });
}

/** Ctrl and wheel zooms at the pointer, a sideways wheel pans; React's own listeners could not stop the page. */
function useWheel(zoom: (factor: number, at: number) => void, pan: (by: number) => void) {
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const track = element.querySelector(".gantt-track")?.getBoundingClientRect();
      if (!track) return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(Math.exp(event.deltaY / 240), Math.min(1, Math.max(0, (event.clientX - track.left) / track.width)));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        pan((event.deltaX || event.deltaY) / track.width);
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  });
  return area;
}
