// The form of the selected state, or of the workflow when none is.

import { useEffect, useId, useMemo, useState } from "react";
import { childMachine, functionName, type Definition, type StateNode } from "../asl/definition";
import { addBranch, deleteState, duplicateState, type Edited, moveState, placeOfState, renameState, setNext } from "../asl/edits";
import { type Field, fieldsOf, type Language, partOf } from "../asl/fields";
import { get, raw, set, setRaw } from "../asl/patch";
import { Broken, escape, parse } from "../asl/tree";
import type { Problem } from "../asl/problems";
import { ask } from "../aws/client";
import type { MachineKind } from "../aws/types";
import { Code } from "../code/Code";
import { tile } from "../graph/Graph";
import type { Box, Slot } from "../graph/drawing";
import { plural } from "../lib/format";
import { href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Tabs } from "../ui/parts";
import { ErrorHandling } from "./Errors";
import { FieldList, type Place, put, Row, SelectInput } from "./Form";
import { describeAction } from "./goods";
import { LanguageInput } from "./Languages";
import { stateOf } from "./looking";
import { FlowFields, ItemsForm, Processor } from "./MapForm";
import { Rules } from "./Rules";
import { TestPanel } from "./TestPanel";

interface Props {
  text: string;
  definition: Definition;
  selected: string | null;
  box: Box | undefined;
  slots: readonly Slot[];
  problems: readonly Problem[];
  write: (text: string, key?: string | null) => void;
  edit: (edited: Edited) => void;
  onAdd: (pointer: string) => void;
  onSelect: (pointer: string | null) => void;
  machine?: { arn: string; kind: MachineKind } | undefined;
}

export type Room = "config" | "items" | "data" | "errors" | "code" | "test";

export function Inspector(props: Props) {
  const state = props.selected ? props.definition.states.get(props.selected) : undefined;
  // Whoever looks through the states looks at the same part of each.
  const [room, setRoom] = useState<Room>("config");
  return state ? <StateForm key={state.pointer} {...props} state={state} room={room} onRoom={setRoom} /> : <WorkflowForm {...props} />;
}

function languageOf(state: StateNode, definition: Definition): Language {
  return state.body.QueryLanguage === "JSONata" ? "JSONata" : state.body.QueryLanguage === "JSONPath" ? "JSONPath" : definition.queryLanguage;
}

export function StateForm({ state, text, definition, box, slots, problems, write, edit, onAdd, onSelect, machine, room, onRoom }: Props & { state: StateNode; room: Room; onRoom: (room: Room) => void }) {
  const { pointer, type } = state;
  const language = languageOf(state, definition);
  const place: Place = { text, pointer, language, write };
  const scope = pointer.slice(0, pointer.lastIndexOf("/States/"));
  const targets = [...definition.states.values()].filter((each) => each.pointer !== pointer && each.pointer.slice(0, each.pointer.lastIndexOf("/States/")) === scope).map(({ name }) => name);
  const handled = type === "Task" || type === "Parallel" || type === "Map";
  const own = problems.filter((problem) => stateOf(problem.pointer) === pointer);
  const rooms: { id: Room; name: string; badge?: number }[] = [
    { id: "config", name: type === "Choice" ? "Rules" : "Settings" },
    ...(type === "Map" ? [{ id: "items" as const, name: "Items" }] : []),
    ...(type === "Fail" ? [] : [{ id: "data" as const, name: "Data" }]),
    ...(handled ? [{ id: "errors" as const, name: "Errors", ...(count(state) && { badge: count(state) }) }] : []),
    { id: "code", name: "Code" },
    { id: "test", name: "Test" },
  ];
  const moves = slots.filter((slot) => !slot.id.startsWith(`${pointer}/`) && !slot.beside.includes(pointer));
  const fields = fieldsOf(type, language);
  const of = (...groups: Field["group"][]) => fields.filter(({ group }) => groups.includes(group));
  const shown = rooms.some(({ id }) => id === room) ? room : "config";
  return (
    <section className="inspector" aria-label={`State ${state.name}`}>
      <div className="inspector-head">
        <span className="glyph" style={{ background: tile(box?.icon ?? "service") }}><Icon name={box?.icon ?? "service"} /></span>
        <div className="grow stack"><h2 className="clip" title={state.name}>{state.name}</h2><small className="soft clip">{box?.subtitle || type}</small></div>
        <Menu label="What to do with the state" items={[
          { name: "Add a state behind it", icon: "plus", hint: "A", act: () => onAdd(pointer) },
          { name: "Duplicate", icon: "copy", hint: "Ctrl D", act: () => edit(duplicateState(text, pointer)) },
          ...(type === "Parallel" ? [{ name: "Add a branch", icon: "branch" as const, act: () => edit(addBranch(text, pointer)) }] : []),
          null,
          { name: "Delete", icon: "trash", danger: true, hint: "Del", act: () => edit(deleteState(text, pointer)) },
        ]} />
      </div>
      <Tabs tabs={rooms} value={shown} onChange={onRoom} label="Parts of the state" look="tabs in-card" />
      <div className="inspector-body">
        {own.map((problem, index) => <p key={index} className={`note ${problem.severity}`}><Icon name="alert" size={13} />{problem.message}</p>)}
        {shown === "config" && (
          <>
            <NameInput state={state} onRename={(name) => edit(renameState(text, pointer, name))} />
            {type === "Task" && <ResourceInput place={place} />}
            {type === "Task" && <CalledLink body={state.body} />}
            {type === "Choice" && <Rules place={place} targets={targets} />}
            {type === "Map" && <Processor place={place} edit={edit} />}
            {type === "Parallel" && <Branches place={place} definition={definition} onAdd={() => edit(addBranch(text, pointer))} />}
            <FieldList fields={of("config")} place={place} />
            {type !== "Choice" && type !== "Succeed" && type !== "Fail" && (
              <SelectInput label="Next state" at={`${pointer}/Next`} none={null} value={typeof state.body.Next === "string" ? state.body.Next : ""} options={[...targets, { value: "", name: "End of the flow" }]} onChange={(next) => write(setNext(text, pointer, next || null))} />
            )}
            {moves.length > 0 && <SelectInput label="Move" none="Stays where it is" value="" options={moves.map(({ id, where }) => ({ value: id, name: where }))} onChange={(slot) => slot && edit(moveState(text, pointer, slot))} />}
            {(definition.queryLanguage === "JSONPath" || "QueryLanguage" in state.body) && <LanguageInput {...{ text, pointer, write }} own={state.body.QueryLanguage === "JSONata" ? "JSONata" : null} current={language} />}
          </>
        )}
        {shown === "data" && (
          <>
            <p className="hint">{language === "JSONata" ? <>Expressions stand in <code>{"{% %}"}</code>; <code>$states.input</code> is what the state gets.</> : <>Paths begin with <code>$</code>; names that end in <code>.$</code> take one.</>}</p>
            <FieldList fields={of("data", "variables")} place={place} />
          </>
        )}
        {shown === "items" && <ItemsForm place={place} fields={of("items")} />}
        {shown === "errors" && <ErrorHandling place={place} targets={targets} />}
        {shown === "code" && <StateCode place={place} />}
        {shown === "test" && <TestPanel {...{ state, text, machine }} onNext={(name) => onSelect(`${scope}/States/${escape(name)}`)} />}
      </div>
    </section>
  );
}

function count({ body }: StateNode): number {
  return (Array.isArray(body.Retry) ? body.Retry.length : 0) + (Array.isArray(body.Catch) ? body.Catch.length : 0);
}

/** A new name is taken when the field is left or Enter pressed: it changes the pointer of the state. */
function NameInput({ state, onRename }: { state: StateNode; onRename: (name: string) => void }) {
  const id = useId();
  const [name, setName] = useState(state.name);
  useEffect(() => setName(state.name), [state.name]);
  const wrong = !name.trim() ? "A state needs a name." : name.length > 80 ? "At most 80 characters." : null;
  const take = () => (wrong ? setName(state.name) : onRename(name));
  return (
    <Row id={id} label="Name" wrong={wrong}>
      <input id={id} className="input" value={name} aria-invalid={wrong !== null} onChange={(event) => setName(event.target.value)} onBlur={take} onKeyDown={(event) => event.key === "Enter" && take()} />
    </Row>
  );
}

/** To what the task calls, where it is named literally. */
function CalledLink({ body }: { body: StateNode["body"] }) {
  const machine = childMachine(body);
  const given = ((body.Parameters ?? body.Arguments) as Record<string, unknown> | undefined)?.FunctionName;
  const resource = String(body.Resource ?? "");
  const called = resource.includes(":function:") ? functionName(resource) : resource.includes(":::lambda:invoke") && typeof given === "string" && !/[{}$%]/.test(given) ? functionName(given) : null;
  if (machine) return <a className="btn small" style={{ alignSelf: "start" }} href={href(["machines", machine.split(":").slice(0, 7).join(":")])}><Icon name="machines" size={13} />Open {machine.split(":")[6]}</a>;
  return called ? <a className="btn small" style={{ alignSelf: "start" }} href={href(["functions", called])}><Icon name="function" size={13} />Open {called}</a> : null;
}

const WAYS: Record<string, string> = { "": "Call and go on with the answer", ".sync": "Run the job and wait for its end (.sync)", ".sync:2": "Wait for its end, output as JSON (.sync:2)", ".waitForTaskToken": "Wait until somebody answers with the token" };

function ResourceInput({ place }: { place: Place }) {
  const resource = String(get(place.text, `${place.pointer}/Resource`) ?? "");
  const [base = "", ending] = resource.split(/(\.(?:sync(?::2)?|waitForTaskToken))$/);
  const [ways, setWays] = useState<string[]>([]);
  const [takes, setTakes] = useState<string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const parts = /:::(?:aws-sdk:)?([^:]+):(\w+)$/.exec(base);
    setWays([]);
    setTakes([]);
    if (!parts) return;
    void fetchWays(`${parts[1]} ${parts[2]}`, base, abort.signal).then(([found, all]) => {
      if (abort.signal.aborted) return;
      setWays(found);
      setTakes(all);
    }, () => undefined);
    return () => abort.abort();
  }, [base]);
  const id = useId();
  return (
    <>
      <Row id={id} label="Resource" at={`${place.pointer}/Resource`} hint={takes.length ? `Takes ${takes.slice(0, 14).join(", ")}${takes.length > 14 ? " and more" : ""}` : undefined}>
        <input id={id} className="input mono" value={resource} spellCheck={false} onChange={(event) => put(place, "Resource", event.target.value)} />
      </Row>
      {ways.length > 1 && <SelectInput label="How it is called" none={null} value={ending ?? ""} options={ways.map((way) => ({ value: way, name: WAYS[way] ?? way }))} onChange={(way) => put(place, "Resource", base + way)} />}
    </>
  );
}

async function fetchWays(search: string, resource: string, signal: AbortSignal): Promise<[string[], string[]]> {
  const [found, told] = await Promise.all([ask<{ actions: { resource: string; patterns: string[] }[] }>(`actions?search=${encodeURIComponent(search)}&limit=50`, undefined, signal), describeAction(resource, signal)]);
  return [found.actions.find((each) => each.resource === resource)?.patterns ?? [], told.action?.all ?? []];
}

function Branches({ place, definition, onAdd }: { place: Place; definition: Definition; onAdd: () => void }) {
  const { text, pointer, write } = place;
  const branches = (get(text, `${pointer}/Branches`) as unknown[] | undefined) ?? [];
  return (
    <Row label="Branches">
      <ul className="branches">
        {branches.map((_, index) => {
          const states = [...definition.states.keys()].filter((each) => each.startsWith(`${pointer}/Branches/${index}/`)).length;
          return (
            <li key={index}>
              <Icon name="branch" size={13} />
              <div className="grow stack" style={{ gap: 8 }}><FlowFields place={{ ...place, pointer: `${pointer}/Branches/${index}` }} part="branch" label={`Branch ${index + 1} (${plural(states, "state")}) begins with`} /></div>
              <button type="button" className="btn quiet small icon" disabled={branches.length === 1} aria-label={`Remove branch ${index + 1}`} onClick={() => write(set(text, `${pointer}/Branches/${index}`, undefined))}><Icon name="trash" size={13} /></button>
            </li>
          );
        })}
      </ul>
      <button type="button" className="btn small" style={{ alignSelf: "start" }} onClick={onAdd}><Icon name="plus" size={13} />Add a branch</button>
    </Row>
  );
}

/** The state as text, every member of it. */
function StateCode({ place }: { place: Place }) {
  const written = raw(place.text, place.pointer) ?? "";
  const [local, setLocal] = useState(written);
  const [wrong, setWrong] = useState<string | null>(null);
  const [last, setLast] = useState(written);
  if (written !== last) {
    setLast(written);
    if (local.trim() !== written) setLocal(written);
    setWrong(null);
  }
  const change = (typed: string) => {
    setLocal(typed);
    if (typed.trim() === written) return;
    try {
      if (parse(typed).kind !== "object") return setWrong("A state is an object.");
    } catch (problem) {
      if (!(problem instanceof Broken)) throw problem;
      return setWrong(`${problem.message}. The definition keeps the last good text.`);
    }
    setWrong(null);
    place.write(setRaw(place.text, place.pointer, typed.trim()), `${place.pointer}/`);
  };
  return <Row label={`Definition of ${placeOfState(place.pointer).name}`} wrong={wrong}><Code text={local} label="Definition of the state" height={200} onChange={change} problems={NONE} bare /></Row>;
}

const NONE: readonly never[] = [];

function WorkflowForm({ text, definition, write }: Props) {
  const place: Place = useMemo(() => ({ text, pointer: "", language: definition.queryLanguage, write }), [text, definition.queryLanguage, write]);
  const top = [...(definition.inside.get("")?.keys() ?? [])];
  return (
    <section className="inspector" aria-label="Workflow">
      <div className="inspector-head">
        <span className="glyph" style={{ background: tile("workflow") }}><Icon name="workflow" /></span>
        <div className="grow stack"><h2>Workflow</h2><small className="soft">Choose a state to change it</small></div>
      </div>
      <div className="inspector-body">
        <FieldList fields={partOf("machine", definition.queryLanguage)} place={place} />
        <LanguageInput {...{ text, write }} pointer="" own={definition.queryLanguage} current={definition.queryLanguage} />
        <SelectInput label="First state" at="/StartAt" none={null} value={String(get(text, "/StartAt") ?? "")} options={top} onChange={(name) => write(set(text, "/StartAt", name))} />
        <dl className="keys">
          <div><dt><kbd>↑</kbd> <kbd>↓</kbd> <kbd>←</kbd> <kbd>→</kbd></dt><dd>From state to state</dd></div>
          <div><dt><kbd>A</kbd></dt><dd>Add a state behind the focused one</dd></div>
          <div><dt><kbd>Ctrl C</kbd> <kbd>V</kbd></dt><dd>Copy and paste, also to another machine</dd></div>
          <div><dt><kbd>Ctrl D</kbd></dt><dd>Duplicate</dd></div>
          <div><dt><kbd>Del</kbd></dt><dd>Delete and join again</dd></div>
          <div><dt><kbd>Ctrl Z</kbd></dt><dd>Undo; with Shift redo</dd></div>
          <div><dt><kbd>Ctrl S</kbd></dt><dd>Save</dd></div>
          <div><dt><kbd>+</kbd> <kbd>-</kbd></dt><dd>Open and close a Map or Parallel</dd></div>
        </dl>
      </div>
    </section>
  );
}
