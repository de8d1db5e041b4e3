// The picture of a workflow: pan, zoom, select, walk with the arrow keys; a run's status on top.

import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Overlay } from "../history/fold";
import { Icon, iconPath } from "../ui/Icon";
import { look } from "../ui/Status";
import { anchorOf, shift, type Seen } from "./anchor";
import { useHand, type View } from "./hand";
import { describe, middle, neighbour, taken, tally, type Box, type Drawing, type Edge, type Mark, type Passage, type Slot } from "./drawing";
import { MAP, Minimap } from "./Minimap";
import { firstView, freeCorner, isCut, LARGEST, showing, SMALLEST, wholeView, type Corner } from "./view";

interface Props {
  drawing: Drawing;
  selected?: string | null;
  onSelect?: (pointer: string | null) => void;
  overlay?: Overlay | null;
  /** States that stand back: a branch beside the one that is looked at. */
  aside?: ((pointer: string) => boolean) | undefined;
  label: string;
  /** Remarks on states: problems, differences. */
  marks?: ReadonlyMap<string, Mark> | undefined;
  onFold?: ((pointer: string) => void) | undefined;
  /** What the studio does with the picture. */
  hands?: Hands | undefined;
  /** Keep zoom and place when the drawing changes. */
  steady?: boolean;
  /** More tools beside the zoom. */
  tools?: ReactNode;
}

export interface Hands {
  slots: readonly Slot[];
  /** The slot that would take what is being dragged. */
  target: string | null;
  /** Something is being dragged. */
  dragging: boolean;
  onSlot: (slot: Slot, from: Element) => void;
  /** A pointer went down on a state. */
  onGrab: (box: Box, event: React.PointerEvent) => void;
  onKey: (box: Box, event: React.KeyboardEvent) => void;
}

/** Colours of the icon tiles, dark enough for white signs. */
const TILES: Record<string, string> = {
  choice: "#7c3aed", parallel: "#0369a1", map: "#0369a1", wait: "#0f766e", pass: "#5b6678", succeed: "#15803d", fail: "#c81e2b",
  function: "#c2570c", database: "#4338ca", queue: "#be185d", message: "#be185d", storage: "#3f7d1e", http: "#0e7490",
  compute: "#b45309", data: "#6d28d9", model: "#0f766e", workflow: "#be185d", activity: "#475569",
};

export function tile(icon: string): string {
  return TILES[icon] ?? "#475569";
}

export function Graph({ drawing, selected = null, onSelect, overlay = null, aside, label, marks, onFold, hands, steady = false, tools }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [corner, setCorner] = useState<Corner>("top right");
  const touched = useRef(false);

  const latestRun = useRef(overlay);
  latestRun.current = overlay;
  // An execution is drawn before its history is known.
  const known = overlay !== null && overlay.nodes.size > 0;

  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => {
      setSize({ width: entry!.contentRect.width, height: entry!.contentRect.height });
    });
    watcher.observe(host.current!);
    return () => watcher.disconnect();
  }, []);
  const show = useCallback((box: Box) => {
    const { width, height } = host.current!.getBoundingClientRect();
    setView((old) => showing(old, box, { width, height }));
  }, []);
  useEffect(() => {
    if (touched.current || !size.width) return;
    const first = firstView(drawing, latestRun.current, size);
    setView(first);
    setCorner(freeCorner(first, drawing, size, MAP));
    if (steady) touched.current = true;
    const box = selected && drawing.boxes.find(({ id }) => id === selected);
    if (box) show(box);
  }, [drawing, size, steady, known]); // eslint-disable-line -- whoever chooses later is shown later
  useEffect(() => {
    if (!steady) touched.current = false;
  }, [drawing, steady]);
  // A run that goes on out of sight is followed, until somebody moves the picture.
  useEffect(() => {
    if (touched.current || !size.width || !overlay || selected) return;
    const running = drawing.boxes.filter((box) => !box.container && overlay.nodes.get(box.id)?.status === "running");
    if (running.length) setView((old) => (running.some((box) => showing(old, box, size) === old) ? old : showing(old, running[0]!, size)));
  }, [overlay, drawing, size, selected]);

  const zoom = useCallback((factor: number, at?: { x: number; y: number }) => {
    touched.current = true;
    setView((old) => {
      const bounds = host.current!.getBoundingClientRect();
      const point = at ?? { x: bounds.width / 2, y: bounds.height / 2 };
      const scale = Math.min(LARGEST, Math.max(SMALLEST, old.scale * factor));
      const ratio = scale / old.scale;
      return { scale, x: point.x - (point.x - old.x) * ratio, y: point.y - (point.y - old.y) * ratio };
    });
  }, []);

  // React listens to wheels passively; zooming must keep the page from scrolling.
  useEffect(() => {
    const element = host.current!;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      touched.current = true;
      const bounds = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || !event.shiftKey && Math.abs(event.deltaY) > 40 && event.deltaX === 0) {
        zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 260), { x: event.clientX - bounds.left, y: event.clientY - bounds.top });
      } else {
        setView((old) => ({ ...old, x: old.x - event.deltaX, y: old.y - event.deltaY }));
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [zoom]);

  const busy = useRef(false);
  busy.current = hands?.dragging ?? false;
  const drag = useHand({ setView, touched, editing: Boolean(hands), busy: () => busy.current, smallest: SMALLEST, largest: LARGEST });


  // A picture that is edited stays where it is: what is worked on must not jump.
  const seen = useRef<Seen>({ drawing, selected });
  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = { drawing, selected };
    const bounds = host.current?.getBoundingClientRect();
    if (!steady || before.drawing === drawing || !bounds) return;
    setView((old) => {
      const pair = anchorOf(before, { drawing, selected }, { x: (bounds.width / 2 - old.x) / old.scale, y: (bounds.height / 2 - old.y) / old.scale });
      if (!pair) return old;
      const { x, y } = shift(pair);
      return { ...old, x: old.x + x * old.scale, y: old.y + y * old.scale };
    });
  }, [drawing, steady]); // eslint-disable-line -- the selection as it was when the picture was drawn
  useLayoutEffect(() => {
    // A state that was just put in is chosen before it is drawn.
    if (selected === null || drawing.boxes.some(({ id }) => id === selected)) seen.current = { drawing, selected };
  }, [selected]); // eslint-disable-line
  const shown = useRef<string | null>(null);
  useEffect(() => {
    const box = selected && drawing.boxes.find((each) => each.id === selected);
    // Once it is chosen; whoever moves the picture away afterwards means it.
    if (box && (shown.current !== selected || !steady)) show(box);
    shown.current = box ? selected : null;
  }, [selected, drawing, show, steady]);

  const walk = (event: React.KeyboardEvent, box: Box) => {
    hands?.onKey(box, event);
    if (event.defaultPrevented) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSelect?.(box.id);
    } else if (onFold && (event.key === "+" || event.key === "-") && (box.kind === "Parallel" || box.kind === "Map")) {
      if (box.folded === (event.key === "+")) onFold(box.id);
    } else if (event.key === "Escape") {
      onSelect?.(null);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = neighbour(drawing, box, event.key);
      if (!next) return;
      show(next);
      host.current!.querySelector<SVGGElement>(`[data-id="${CSS.escape(next.id)}"]`)?.focus({ preventScroll: true });
    }
  };
  // The scene is drawn anew only when it changes, not when it moves: the latest functions are called through these.
  const latest = useRef({ walk, onSelect, onFold, hands });
  latest.current = { walk, onSelect, onFold, hands };
  const calls = useMemo<Calls>(
    () => ({
      walk: (event, box) => latest.current.walk(event, box),
      select: (pointer) => latest.current.onSelect?.(pointer),
      fold: (pointer) => latest.current.onFold?.(pointer),
      grab: (box, event) => latest.current.hands?.onGrab(box, event),
      slot: (slot, from) => latest.current.hands?.onSlot(slot, from),
    }),
    [],
  );

  const gone = useMemo(() => (overlay ? taken(drawing, overlay) : null), [drawing, overlay]);
  const entry = selected ?? drawing.boxes.find((box) => box.kind !== "Start")?.id;

  const centre = (x: number, y: number) => {
    touched.current = true;
    setView((old) => ({ ...old, x: size.width / 2 - x * old.scale, y: size.height / 2 - y * old.scale }));
  };
  return (
    <div className="graph" ref={frame}>
      <div className="graph-room" ref={host}>
        <svg role="group" aria-label={label} {...drag} onClick={(event) => event.target === event.currentTarget && onSelect?.(null)}>
          <defs>
            <marker id="tip" viewBox="0 0 10 10" refX="8.5" refY="5" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 1 9 5 0 9z" fill="context-stroke" /></marker>
          </defs>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            <Scene {...{ drawing, selected, overlay, aside, gone, entry, marks, calls }} folds={Boolean(onFold)} slots={hands?.slots} target={hands?.target ?? null} dragging={hands?.dragging ?? false} />
          </g>
        </svg>
        {size.width > 420 && isCut(view, drawing, size) && <Minimap {...{ drawing, overlay, view, corner }} room={size} onMove={centre} />}
      </div>
      <div className="graph-foot">
        <div className="graph-tools">
          <button type="button" className="btn quiet small icon" onClick={() => zoom(1.25)} aria-label="Zoom in" title="Zoom in"><Icon name="plus" /></button>
          <button type="button" className="btn quiet small icon" onClick={() => zoom(0.8)} aria-label="Zoom out" title="Zoom out"><Icon name="minus" /></button>
          <button type="button" className="btn quiet small icon" onClick={() => { touched.current = true; setView(wholeView(drawing, size)); }} aria-label="Fit to view" title="Fit to view"><Icon name="fit" size={14} /></button>
          {document.fullscreenEnabled && <button type="button" className="btn quiet small icon" onClick={() => void (document.fullscreenElement ? document.exitFullscreen() : frame.current!.requestFullscreen())} aria-label="Full screen" title="Full screen"><Icon name="system" size={14} /></button>}
          {tools}
        </div>
        {overlay && <Legend />}
      </div>
    </div>
  );
}

interface Calls {
  walk: (event: React.KeyboardEvent, box: Box) => void;
  select: (pointer: string | null) => void;
  fold: (pointer: string) => void;
  grab: (box: Box, event: React.PointerEvent) => void;
  slot: (slot: Slot, from: Element) => void;
}

interface SceneProps {
  drawing: Drawing;
  selected: string | null;
  overlay: Overlay | null;
  aside: ((pointer: string) => boolean) | undefined;
  gone: Map<string, Passage> | null;
  entry: string | undefined;
  marks: ReadonlyMap<string, Mark> | undefined;
  calls: Calls;
  folds: boolean;
  slots: readonly Slot[] | undefined;
  target: string | null;
  dragging: boolean;
}

const Scene = memo(function Scene({ drawing, selected, overlay, aside, gone, entry, marks, calls, folds, slots, target, dragging }: SceneProps) {
  const node = (box: Box) => (
    <Node key={box.id} {...{ box, calls }} state={overlay?.nodes.get(box.id)} reached={overlay ? isReached(box, overlay) : null} aside={aside?.(box.id) ?? false} pressed={selected === box.id} mark={marks?.get(box.id)} folds={folds} entry={box.id === entry} />
  );
  return (
    <>
      {drawing.boxes.filter((box) => box.container).map(node)}
      {drawing.edges.map((edge) => <Way key={edge.id} edge={edge} times={gone ? (gone.get(edge.id)?.times ?? 0) : null} aside={aside?.(edge.source) ?? false} />)}
      {drawing.boxes.filter((box) => !box.container).map(node)}
      {drawing.edges.map((edge) => edge.label && <Words key={edge.id} edge={edge} aside={aside?.(edge.source) ?? false} />)}
      {gone && drawing.edges.map((edge) => gone.get(edge.id)?.told && <Times key={edge.id} edge={edge} times={gone.get(edge.id)!.times} />)}
      {slots?.map((slot) => <Plus key={slot.id} slot={slot} lit={target === slot.id} dragging={dragging} reachable={selected !== null && slot.beside.includes(selected)} onPick={calls.slot} />)}
    </>
  );
});

/** Markers are reached by the run itself, states when they were entered. */
function isReached(box: Box, overlay: Overlay): boolean {
  if (box.kind === "Start") return overlay.nodes.size > 0;
  if (box.kind === "End") return [...overlay.edges.keys()].some((key) => key.endsWith(" -> "));
  return overlay.nodes.has(box.id);
}

/** Where a state can be put: a button that is seen near the pointer, near the selected state and while dragging. */
const Plus = memo(function Plus({ slot, lit, dragging, reachable, onPick }: { slot: Slot; lit: boolean; dragging: boolean; reachable: boolean; onPick: Calls["slot"] }) {
  const pick = (event: React.SyntheticEvent) => {
    event.stopPropagation();
    onPick(slot, event.currentTarget as Element);
  };
  return (
    <g
      className={`g-slot ${lit ? "lit" : ""} ${dragging ? "open" : ""} ${reachable ? "near" : ""}`}
      transform={`translate(${slot.x} ${slot.y})`}
      role="button"
      tabIndex={reachable ? 0 : -1}
      aria-label={`Add a state ${slot.where}`}
      data-slot={slot.id}
      onClick={pick}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pick(event);
      }}
    >
      <circle className="room" r={16} />
      <circle className="disc" r={lit ? 13 : 8.5} />
      <path d="M-3.5 0h7M0-3.5v7" />
    </g>
  );
});

interface NodeProps {
  box: Box;
  state: Overlay["nodes"] extends Map<string, infer S> ? S | undefined : never;
  /** Whether a run came here; null without a run. */
  reached: boolean | null;
  aside: boolean;
  pressed: boolean;
  mark: Mark | undefined;
  folds: boolean;
  calls: Calls;
  entry: boolean;
}

const Node = memo(function Node({ box, state, reached, aside, pressed, mark, folds, calls, entry }: NodeProps) {
  const { x, y, width, height } = box;
  if (box.kind === "Start" || box.kind === "End") {
    return (
      <g className={`g-box marker ${reached ? "ok" : ""} ${reached === false ? "dim" : ""}`} aria-hidden transform={`translate(${x} ${y})`}>
        <rect className="body" width={width} height={height} rx={height / 2} />
        <text x={width / 2} y={height / 2} textAnchor="middle" dominantBaseline="central" fontSize={12} fontWeight={620}>{box.name}</text>
      </g>
    );
  }
  const shown = state && look(state.status);
  const head = box.container ? 50 : height;
  const lines = box.lines.length;
  // What the box shortens or leaves out.
  const tip = [box.lines.join(" ") === box.name ? null : box.name, box.comment].filter(Boolean).join("\n");
  const first = head / 2 - (lines - 1) * 8.5 - (box.subtitle ? 7 : 0);
  return (
    <g
      className={`g-box ${box.container ? "region" : ""} ${shown?.tone ?? ""} ${reached === false ? "dim" : ""} ${aside ? "aside" : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabIndex={entry ? 0 : -1}
      aria-pressed={pressed}
      aria-label={[describe(box, state, (status) => look(status).word), mark?.note].filter(Boolean).join(", ")}
      data-id={box.id}
      onClick={() => calls.select(box.id)}
      onPointerDown={(event) => calls.grab(box, event)}
      onKeyDown={(event) => calls.walk(event, box)}
    >
      {state?.running ? <rect className="pulse" width={width} height={height} rx={10} /> : null}
      <rect className="body" width={width} height={height} rx={10} />
      <rect className="ring" x={-3} y={-3} width={width + 6} height={height + 6} rx={12.5} />
      {/* The name above says all of this. */}
      <g aria-hidden>
      {tip && <title>{tip}</title>}
      <rect x={11} y={head / 2 - 13} width={26} height={26} rx={7} fill={tile(box.icon)} />
      <g transform={`translate(16 ${head / 2 - 8})`} fill="none" stroke="#fff" strokeWidth={1.5} strokeLinecap="round" strokeLinejoin="round"><path d={iconPath(box.icon)} /></g>
      {box.lines.map((line, index) => <text key={index} className="g-name" x={47} y={first + index * 17} dominantBaseline="central">{line}</text>)}
      {box.subtitle && <text className="g-sub" x={47} y={first + lines * 17 - 2} dominantBaseline="central">{box.subtitle}</text>}
      {box.badges.map((badge) => !state && (
        <g key={badge.kind} className="g-chip" transform={`translate(${width - 35} ${head / 2 - 9})`}>
          <title>{badge.note}</title>
          <rect width={27} height={18} rx={9} />
          <g transform="translate(4 4) scale(.62)" fill="none" stroke="var(--text-2)" strokeWidth={1.8} strokeLinecap="round"><path d={iconPath("retry")} /></g>
          <text x={16} y={9.5} dominantBaseline="central">{` ${badge.text} `}</text>
        </g>
      ))}
      {shown && <Corner x={width} tone={shown.tone} icon={shown.icon} />}
      {!shown && mark && <Corner x={width} tone={mark.tone} icon={mark.icon} note={mark.note} />}
      {folds && (box.kind === "Parallel" || box.kind === "Map") && <Fold box={box} onFold={calls.fold} />}
      {state && <Tally state={state} width={width} />}
      </g>
    </g>
  );
});

/** Folds and unfolds a container; by keyboard that is "-" and "+" on the container itself. */
function Fold({ box, onFold }: { box: Box; onFold: (pointer: string) => void }) {
  const badge = box.badges.length ? 34 : 0;
  return (
    <g
      className="g-fold"
      transform={`translate(${box.width - 27 - badge} ${box.container ? 25 : box.height / 2})`}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation();
        onFold(box.id);
      }}
    >
      <title>{box.folded ? "Show what is inside" : "Hide what is inside"}</title>
      <rect x={-12} y={-12} width={24} height={24} rx={7} />
      <path d={box.folded ? "M-4-2 0 2 4-2" : "M-4 2 0-2 4 2"} />
    </g>
  );
}

function Corner({ x, tone, icon, note }: { x: number; tone: string; icon: string; note?: string }) {
  return (
    <g className={`g-icon i-${tone}`} transform={`translate(${x - 9} -9)`}>
      {note && <title>{note}</title>}
      <circle className="back" cx={9} cy={9} r={10} stroke="currentColor" strokeWidth={1.5} />
      <g transform="translate(3 3) scale(.75)" fill="none" stroke="currentColor" strokeWidth={2.2} strokeLinecap="round" strokeLinejoin="round"><path d={iconPath(icon)} /></g>
    </g>
  );
}

function Tally({ state, width }: { state: { visits: number; retries: number }; width: number }) {
  const words = tally(state).join(" ");
  if (!words) return null;
  const wide = words.length * 6.6 + 12;
  return (
    <g className="g-chip" transform={`translate(${width - wide - 14} -9)`}>
      <rect width={wide} height={18} rx={9} />
      <text x={wide / 2} y={9.5} textAnchor="middle" dominantBaseline="central">{` ${words} `}</text>
    </g>
  );
}

const Way = memo(function Way({ edge, times, aside }: { edge: Edge; times: number | null; aside: boolean }) {
  return (
    <g className={`g-edge ${edge.kind} ${times === null ? "" : times ? "taken" : "untaken"} ${aside ? "aside" : ""}`} aria-hidden>
      <path d={edge.path} markerEnd="url(#tip)" />
    </g>
  );
});

/** How often an edge was gone, behind its words or in its middle. */
function Times({ edge, times }: { edge: Edge; times: number }) {
  const words = `×${times.toLocaleString("en-US")}`;
  const wide = words.length * 6.8 + 10;
  const { label } = edge;
  const [x, y] = label ? [label.x + label.width + wide / 2 + 3, label.y + label.height / 2] : middle(edge);
  return (
    <g className="g-times" transform={`translate(${x - wide / 2} ${y - 9})`} aria-hidden>
      <title>{`Gone ${times.toLocaleString("en-US")} times`}</title>
      <rect width={wide} height={18} rx={9} />
      <text x={wide / 2} y={9.5} textAnchor="middle" dominantBaseline="central">{words}</text>
    </g>
  );
}

function Words({ edge, aside }: { edge: Edge; aside: boolean }) {
  const { x, y, width, height, text, note } = edge.label!;
  return (
    <g className={`g-label ${edge.kind} ${aside ? "aside" : ""}`} transform={`translate(${x} ${y})`}>
      <title>{note}</title>
      <rect width={width} height={height} rx={height / 2} />
      <text x={width / 2} y={height / 2} textAnchor="middle" dominantBaseline="central">{text}</text>
    </g>
  );
}

function Legend() {
  return (
    <div className="graph-legend" aria-hidden>
      {(["succeeded", "running", "caught", "failed", "aborted"] as const).map((status) => {
        const { tone, icon, word } = look(status);
        return <span key={status} className={`g-icon i-${tone}`}><Icon name={icon} size={12} />{word}</span>;
      })}
    </div>
  );
}
