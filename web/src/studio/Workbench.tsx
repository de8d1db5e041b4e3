// A definition as picture and text, side by side: what is selected in one is shown in the other, the picture follows the
// typing, and what is wrong stands below.

import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { spans, stateAt, type Span } from "../asl/pointers";
import { applyFix, type Problem } from "../asl/problems";
import { ask } from "../aws/client";
import { Code } from "../code/Code";
import type { Mark } from "../graph/drawing";
import { Graph } from "../graph/Graph";
import { Icon } from "../ui/Icon";
import { Bones, Empty, toast, useAction } from "../ui/parts";
import { type Picture, stateOf } from "./looking";
import { Problems } from "./Problems";

interface Props {
  text: string;
  picture: Picture;
  problems: Problem[];
  marks: ReadonlyMap<string, Mark>;
  selected: string | null;
  onSelect: (pointer: string | null) => void;
  onFold?: (pointer: string) => void;
  onChange?: ((text: string) => void) | undefined;
  /** Instead of the editor. */
  instead?: ReactNode;
  autoFocus?: boolean;
}

export function Workbench({ text, picture, problems, marks, selected, onSelect, onFold, onChange, instead, autoFocus = false }: Props) {
  const places = useMemo(() => spans(text), [text]);
  const [shown, setShown] = useState<{ of: string; span: Span } | null>(null);
  // What was typed or clicked in the text itself must not scroll the text.
  const [byHand, setByHand] = useState<string | null>(null);
  const highlight = shown?.of === text ? shown.span : ((selected && selected !== byHand && places.get(selected)) || null);

  const select = useCallback((pointer: string | null) => {
    setByHand(null);
    setShown(null);
    onSelect(pointer);
  }, [onSelect]);
  const cursor = (offset: number) => {
    const pointer = stateAt(places, offset);
    if (pointer === selected) return;
    setByHand(pointer);
    setShown(null);
    onSelect(pointer);
  };
  const go = (problem: Problem) => {
    const state = stateOf(problem.pointer);
    setByHand(state);
    onSelect(state);
    setShown({ of: text, span: { from: problem.from, to: Math.min(problem.to, lineEnd(text, problem.from)) } });
  };
  return (
    <div className="split">
      <Canvas {...{ picture, marks, selected, onFold }} onSelect={select} steady={Boolean(onChange)} />
      <div className="code-pane">
        {instead ?? <Code text={text} label="Definition" readOnly={!onChange} plain autoFocus={autoFocus} problems={problems} highlight={highlight} onCursor={cursor} {...(onChange && { onChange })} />}
        <Problems problems={problems} onGo={go} onFix={onChange && ((fix) => onChange(applyFix(text, fix)))}>
          {onChange && !instead && <FormatButton text={text} onChange={onChange} />}
        </Problems>
      </div>
    </div>
  );
}

/** Puts the text in order, as `treadle fmt` does: what programs write is often one long line. */
function FormatButton({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const latest = useRef(text);
  useEffect(() => void (latest.current = text), [text]);
  const [format, busy] = useAction(async () => {
    const { text: made } = await ask<{ text: string }>("render", { definition: text, format: "json" });
    // What was typed meanwhile is worth more.
    if (latest.current !== text) return;
    if (made.trimEnd() === text.trimEnd()) toast("Formatted already");
    else onChange(made.trimEnd());
  });
  const crammed = text.length > 160 && !text.trimEnd().includes("\n");
  return <button type="button" className={`btn small ${crammed ? "" : "quiet"}`} disabled={busy} title="Line breaks and indents, as treadle fmt makes them" onClick={format}>Format</button>;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

interface CanvasProps extends Pick<Props, "picture" | "marks" | "selected" | "onSelect"> {
  onFold?: ((pointer: string) => void) | undefined;
  steady: boolean;
}

/** The picture, or why there is none; a broken text leaves the last good one. */
function Canvas({ picture, marks, selected, onSelect, onFold, steady }: CanvasProps) {
  if (!picture.drawing) {
    return picture.failure ? <Empty icon="graph" title="No picture yet"><p>{picture.failure.message}</p></Empty> : <Bones />;
  }
  return (
    <div className="canvas">
      <Graph drawing={picture.drawing} {...{ selected, marks, onSelect, onFold, steady }} label="Workflow graph. Arrow keys go from state to state, Enter selects, + and - open and close a Map or Parallel." />
      {picture.failure && <p className="stale" role="status"><Icon name="info" size={13} />The picture shows the last text that could be drawn.</p>}
    </div>
  );
}
