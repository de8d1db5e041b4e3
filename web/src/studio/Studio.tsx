// The studio: a workflow designed as a picture, as code, and configured. Every change is a change of the text.

import "../styles/design.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { readDefinition, type Definition } from "../asl/definition";
import { addState, deleteState, duplicateState, type Edited, insertSource, moveState } from "../asl/edits";
import type { Language } from "../asl/fields";
import { applyFix, type Problem } from "../asl/problems";
import { states } from "../aws/client";
import type { Machine, MachineKind } from "../aws/types";
import type { Box, Slot } from "../graph/drawing";
import { Graph, type Hands } from "../graph/Graph";
import { useData } from "../lib/data";
import { go, href, setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Bones, Dialog, Empty, MOD, Segments, toast, Trouble, useAction } from "../ui/parts";
import { copied, useClipboard } from "./clipboard";
import { Config } from "./Config";
import { type Desk, useDraft } from "./draft";
import { type Load, useDragging } from "./drag";
import { ExportMenu } from "./Export";
import type { Goods } from "./goods";
import { useDropInto } from "./files";
import { Inspector } from "./Inspector";
import { type Picture, stateOf, useMarks, usePicture, useProblems } from "./looking";
import { Problems, summary } from "./Problems";
import { Shelf } from "./Shelf";
import { sameSlots, slotsOf } from "./slots";
import { Workbench } from "./Workbench";

const MODES = [
  { id: "design", name: "Design", icon: "graph" },
  { id: "code", name: "Code", icon: "list" },
  { id: "config", name: "Config", icon: "service" },
] as const;
type Mode = (typeof MODES)[number]["id"];

export default function StudioPage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const machine = useData(`machine ${arn}`, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: arn }, signal));
  const name = arn.split(":")[6] ?? arn;
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name, href: href(["machines", arn], { tab: "definition" }) }, { name: "Studio" }]);
  if (machine.failure && !machine.data) return <div className="page"><div className="card"><Trouble failure={machine.failure} what="state machine" onRetry={machine.reload} /></div></div>;
  return machine.data ? <Studio machine={machine.data} query={query} onSaved={machine.reload} /> : <div className="page"><div className="card"><Bones /></div></div>;
}

function Studio({ machine, query, onSaved }: { machine: Machine; query: URLSearchParams; onSaved: () => void }) {
  const arn = machine.stateMachineArn;
  const desk = useDraft(arn, machine.definition);
  const { text } = desk.draft;
  const selected = query.get("state");
  const mode = (MODES.find(({ id }) => id === query.get("mode"))?.id ?? "design") as Mode;
  const [folded, setFolded] = useState<readonly string[]>([]);
  const fold = useCallback((pointer: string) => setFolded((old) => (old.includes(pointer) ? old.filter((each) => each !== pointer) : [...old, pointer])), []);
  const picture = usePicture(text, folded, 60);
  const { problems } = useProblems(text, machine.type);
  const marks = useMarks(problems);
  const definition = useMemo(() => readDefinition(text), [text]);
  const select = useCallback((state: string | null) => setQuery({ state }), []);
  useUndoKeys(desk);
  const drop = useDropInto(desk.write);
  const leave = (to: Mode) => {
    if (!definition) return toast("The text is broken JSON. Mend it, or undo, before you leave the code.", true);
    setQuery({ mode: to === "design" ? null : to });
  };
  const common = { text, picture, problems, marks, selected, onSelect: select, onFold: fold };
  return (
    <div className="page fill studio drop-here" {...drop.props}>
      <div className="studio-bar">
        <h1 className="clip">{machine.name}</h1>
        <span className={`status tone-${desk.dirty ? "warn" : "ok"}`} role="status"><Icon name={desk.dirty ? "info" : "check"} size={13} />{desk.dirty ? (desk.draft.moved ? "Not saved, and changed elsewhere" : "Not saved") : "Saved"}</span>
        <Segments options={MODES} value={definition ? mode : "code"} onChange={leave} label="Mode" />
        <span className="grow" />
        <button type="button" className="btn quiet small icon" onClick={desk.undo} disabled={!desk.draft.past.length} aria-label="Undo" title={`Undo (${MOD} Z)`}><Icon name="undo" size={15} /></button>
        <button type="button" className="btn quiet small icon" onClick={desk.redo} disabled={!desk.draft.future.length} aria-label="Redo" title={`Redo (${MOD} Shift Z)`}><Icon name="redo" size={15} /></button>
        <ExportMenu text={text} machine={machine} />
        <Saving machine={machine} desk={desk} problems={problems} onSaved={onSaved} />
      </div>
      {definition && mode === "config" ? <Config machine={machine} onSaved={onSaved} /> : definition && mode === "design" ? (
        <Design {...common} definition={definition} desk={desk} machine={{ arn, kind: machine.type }} />
      ) : (
        <section className="card definition" aria-label="Code"><Workbench {...common} onChange={(changed) => desk.write(changed, "code")} autoFocus /></section>
      )}
      {drop.sign}
    </div>
  );
}

/** Ctrl Z wherever the focus is, except in editors, which have their own. */
function useUndoKeys(desk: Desk): void {
  const latest = useRef(desk);
  latest.current = desk;
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || (event.target as Element).closest?.(".cm-editor, dialog")) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) latest.current.redo();
      else latest.current.undo();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
}

function Saving({ machine, desk, problems, onSaved }: { machine: Machine; desk: Desk; problems: readonly Problem[]; onSaved: () => void }) {
  const arn = machine.stateMachineArn;
  const errors = problems.some(({ severity }) => severity === "error");
  const [save, busy] = useAction(async (then: "stay" | "publish" | "start") => {
    if (desk.dirty || then === "publish") {
      const { stateMachineVersionArn: version } = await states<{ stateMachineVersionArn?: string }>("UpdateStateMachine", { stateMachineArn: arn, definition: desk.draft.text, publish: then === "publish" });
      toast(version ? `Saved and published version ${version.split(":").pop()}` : `Saved ${machine.name}`);
      onSaved();
    }
    if (then === "start") go(href(["machines", arn], { start: 1 }));
  });
  const latest = useRef<(() => void) | null>(null);
  latest.current = busy || errors || !desk.dirty ? null : () => save("stay");
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      latest.current?.();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  return (
    <>
      <button type="button" className="btn small discard" disabled={!desk.dirty} onClick={desk.discard}>Discard</button>
      <span title={errors ? summary(problems) : undefined} className="row" style={{ gap: 2 }}>
        <button type="button" className="btn small primary" disabled={busy || errors || !desk.dirty} title={`Save (${MOD} S)`} onClick={() => save("stay")}>Save</button>
        <Menu label="More ways to save" look="" items={[
          { name: desk.dirty ? "Save and start an execution" : "Start an execution", icon: "play", disabled: errors, act: () => save("start") },
          { name: "Save and publish a version", icon: "check", disabled: errors, act: () => save("publish") },
        ]}><Icon name="down" size={12} /></Menu>
      </span>
    </>
  );
}

/** Put goods into a workflow that has no state: something must be there to be put before; it goes again. */
async function begin(text: string, goods: Goods, language: Language): Promise<Edited> {
  const seed = addState(text, "", "\u0000", { Type: "Pass" });
  const { text: put, pointer } = await goods.put(seed.text, "/StartAt", language);
  return { text: deleteState(put, seed.pointer!).text, pointer };
}

interface DesignProps {
  text: string;
  picture: Picture;
  problems: Problem[];
  marks: ReturnType<typeof useMarks>;
  selected: string | null;
  onSelect: (pointer: string | null) => void;
  onFold: (pointer: string) => void;
  definition: Definition;
  desk: Desk;
  machine: { arn: string; kind: MachineKind };
}

function Design({ text, picture, problems, marks, selected, onSelect, onFold, definition, desk, machine }: DesignProps) {
  const { drawing } = picture;
  const [adding, setAdding] = useState<Slot | null>(null);
  const made = useMemo(() => (drawing ? slotsOf(drawing, definition) : []), [drawing, definition]);
  // What is typed into a form changes the definition and hardly ever a slot: the same list is not drawn again.
  const kept = useRef(made);
  if (kept.current !== made && !sameSlots(kept.current, made)) kept.current = made;
  const slots = kept.current;
  const edit = useCallback(
    (edited: Edited) => {
      if (edited.text === text) return;
      desk.write(edited.text);
      onSelect(edited.pointer);
    },
    [desk, onSelect, text],
  );
  const fresh = useRef(false);
  const told = (error: Error) => toast(error.message, true);
  const insert = (goods: Goods, slot: string) => void (definition.states.size ? goods.put(text, slot, definition.queryLanguage) : begin(text, goods, definition.queryLanguage)).then((edited) => {
    fresh.current = true;
    edit(edited);
  }, told);
  const { dragging, grab, wasDragged } = useDragging((load: Load, slot: string) => (load.kind === "goods" ? insert(load.goods, slot) : edit(moveState(text, load.pointer, slot))));
  // Behind the chosen state, or where the flow ends.
  const behind = (pointer: string | null) => slots.find(({ id }) => pointer && id.startsWith(`${pointer}/`) && !id.slice(pointer.length + 1).includes("/States/")) ?? (pointer ? slots.find(({ beside }) => beside[1] === pointer) : undefined) ?? slots.find(({ id }) => id.endsWith("/End")) ?? slots.at(-1);
  const pick = (goods: Goods) => {
    if (wasDragged()) return;
    const slot = behind(selected);
    if (slot) insert(goods, slot.id);
    else if (!definition.states.size) insert(goods, "/StartAt");
  };
  const keys = (box: Box, event: React.KeyboardEvent) => {
    const key = event.key.toLowerCase();
    if (event.key === "Delete" || event.key === "Backspace") edit(deleteState(text, box.id));
    else if (key === "d" && (event.ctrlKey || event.metaKey)) edit(duplicateState(text, box.id));
    else if ((key === "a" || key === "insert") && !event.ctrlKey && !event.metaKey) {
      const slot = behind(box.id);
      if (slot) setAdding(slot);
    } else return;
    event.preventDefault();
  };
  useClipboard({
    copy: () => (selected && definition.states.has(selected) ? copied(text, selected) : null),
    cut: () => selected && edit(deleteState(text, selected)),
    paste: ({ name, source }) => {
      const slot = behind(selected);
      if (slot) edit(insertSource(text, slot.id, name, source));
    },
  });
  const hands: Hands = {
    slots,
    target: dragging?.target ?? null,
    dragging: dragging !== null,
    onSlot: (slot) => !wasDragged() && setAdding(slot),
    onGrab: (box, event) => box.kind !== "Missing" && grab({ kind: "state", pointer: box.id, name: box.name }, event),
    onKey: keys,
  };
  useFocusAfter(selected, drawing !== null && picture.of === text, fresh);
  return (
    <div className={`design ${dragging ? "dragging" : ""}`}>
      <aside className="card" aria-label="States browser">
        <Shelf onPick={pick} onGrab={(goods, event) => grab({ kind: "goods", goods, name: goods.name }, event)} hint="Drag onto a +, or press to add behind the chosen state." />
      </aside>
      <section className="card" aria-label="Canvas">
        {!definition.states.size ? (
          <div className={`first ${dragging?.target ? "lit" : ""}`} data-slot="/StartAt">
          <Empty icon="graph" title="Begin with a state">
            <p>Drag one here, press one at the left, or drop a file with a definition.</p>
            <button type="button" className="btn primary" onClick={() => edit(addState(text, "", "Pass", { Type: "Pass" }))}><Icon name="plus" />Add the first state</button>
          </Empty>
          </div>
        ) : drawing ? (
          <Graph {...{ drawing, selected, marks, hands, onFold }} onSelect={(pointer) => !wasDragged() && onSelect(pointer)} steady label="Workflow. Arrow keys go from state to state, Enter chooses, A adds behind, Delete deletes." />
        ) : picture.failure ? <Empty icon="graph" title="No picture"><p>{picture.failure.message}</p></Empty> : <Bones />}
        <div className="verdict"><Problems problems={problems} closed onGo={({ pointer }) => onSelect(stateOf(pointer))} onFix={(fix) => desk.write(applyFix(text, fix))} /></div>
      </section>
      <aside className="card" aria-label="Inspector">
        <Inspector {...{ text, definition, selected, slots, problems, onSelect, machine }} box={drawing?.boxes.find(({ id }) => id === selected)} write={desk.write} edit={edit} onAdd={(pointer) => setAdding(behind(pointer) ?? null)} />
      </aside>
      {dragging && <div className={`ghost ${dragging.target ? "over" : ""}`} style={{ transform: `translate(${dragging.x + 12}px, ${dragging.y + 10}px)` }} aria-hidden>{dragging.load.name}</div>}
      {adding && (
        <Dialog title={`Add a state ${adding.where}`} narrow onClose={() => setAdding(null)}>
          <Shelf onPick={(goods) => { insert(goods, adding.id); setAdding(null); }} hint="Choose what is to be put there." autoFocus />
        </Dialog>
      )}
    </div>
  );
}

/** When the focused state is gone or renamed, the focus goes on to the chosen one instead of being lost; to a fresh one, too. */
function useFocusAfter(selected: string | null, drawn: boolean, fresh: React.RefObject<boolean>): void {
  useEffect(() => {
    if (!selected || !drawn || (document.activeElement !== document.body && !fresh.current)) return;
    fresh.current = false;
    document.querySelector<SVGGElement>(`[data-id="${CSS.escape(selected)}"]`)?.focus({ preventScroll: true });
  }, [selected, drawn, fresh]);
}
