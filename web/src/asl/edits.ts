// What the studio does to a definition: pure functions from text to text. A place where a state can be put is named by
// the pointer of the field that leads there: "/States/A/Next", "/States/A/End", "/States/C/Choices/0/Next",
// "/StartAt". Terminal slots ("…/End") lead to the end of their flow.

import type { Json } from "../lib/json";
import type { StateType } from "./definition";
import { get, has, NoPlace, raw, renameMember, replaceMember, set, setRaw, written } from "./patch";
import { escape, find, type Node, parse, unescape, valueOf } from "./tree";

export type Body = Record<string, Json>;

/** The changed text, and the pointer of the state that it is about. */
export interface Edited {
  text: string;
  pointer: string | null;
}

const STATE = /^(.*)\/States\/([^/]+)$/;

/** The flow a state belongs to ("" for the machine, "/States/P/Branches/0") and its name. */
export function placeOfState(pointer: string): { scope: string; name: string } {
  const found = STATE.exec(pointer);
  if (!found) throw new NoPlace(`${pointer} is no state`);
  return { scope: found[1]!, name: unescape(found[2]!) };
}

/** The flow a slot belongs to, and the state that owns it (null for StartAt). */
export function placeOfSlot(slot: string): { scope: string; owner: string | null } {
  if (slot.endsWith("/StartAt")) return { scope: slot.slice(0, -"/StartAt".length), owner: null };
  const owner = slot.replace(/\/(?:Next|End|Default|Choices\/\d+\/Next|Catch\/\d+\/Next)$/, "");
  if (owner === slot) throw new NoPlace(`${slot} is no place for a state`);
  return { scope: placeOfState(owner).scope, owner };
}

function statePointer(scope: string, name: string): string {
  return `${scope}/States/${escape(name)}`;
}

/** Every state, outer ones first. */
export function states(text: string): { pointer: string; name: string; body: Node }[] {
  const found: { pointer: string; name: string; body: Node }[] = [];
  const scope = (flow: Node, at: string): void => {
    for (const { key, value } of find(flow, "/States")?.members ?? []) {
      const pointer = statePointer(at, key);
      found.push({ pointer, name: key, body: value });
      for (const [inner, path] of flows(value)) scope(inner, pointer + path);
    }
  };
  scope(parse(text), "");
  return found;
}

function flows(state: Node): [Node, string][] {
  const branches = (find(state, "/Branches")?.items ?? []).map((branch, index): [Node, string] => [branch, `/Branches/${index}`]);
  const inner = ["ItemProcessor", "Iterator"].map((name): [Node | null, string] => [find(state, `/${name}`), `/${name}`]);
  return [...branches, ...inner.filter((each): each is [Node, string] => each[0] !== null)];
}

/** A name nobody has yet: "Pass", "Pass (1)". */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const base = wanted.replace(/ \(\d+\)$/, "").slice(0, 74);
  for (let number = 1; ; number += 1) {
    const name = `${base} (${number})`;
    if (!taken.has(name)) return name;
  }
}

function names(text: string): Set<string> {
  return new Set(states(text).map(({ name }) => name));
}

/** The fields of a flow that name a state, by pointer. */
export function references(text: string, scope: string, name?: string): { slot: string; target: string }[] {
  const flow = find(parse(text), scope);
  const found: { slot: string; target: string }[] = [];
  const add = (slot: string, node: Node | null) => {
    if (node?.kind !== "string") return;
    const target = valueOf(text, node) as string;
    if (name === undefined || target === name) found.push({ slot, target });
  };
  if (!flow) return found;
  add(`${scope}/StartAt`, find(flow, "/StartAt"));
  for (const { key, value } of find(flow, "/States")?.members ?? []) {
    const at = statePointer(scope, key);
    for (const field of ["Next", "Default"]) add(`${at}/${field}`, find(value, `/${field}`));
    for (const list of ["Choices", "Catch"]) {
      (find(value, `/${list}`)?.items ?? []).forEach((item, index) => add(`${at}/${list}/${index}/Next`, find(item, "/Next")));
    }
  }
  return found;
}

function typeOf(text: string, pointer: string): StateType | undefined {
  return get(text, `${pointer}/Type`) as StateType | undefined;
}

// -- where a state goes on

/** Let a state (at `pointer`, "" for a text that is a state) go on to `target`, or end (null). */
export function setNext(text: string, pointer: string, target: string | null): string {
  const type = typeOf(text, pointer);
  if (type === "Choice") return target === null ? text : set(text, `${pointer}/Default`, target);
  if (type === "Succeed" || type === "Fail") return set(set(text, `${pointer}/Next`, undefined), `${pointer}/End`, undefined);
  const [wanted, other, value] = target === null ? ["End", "Next", true] : ["Next", "End", target];
  if (has(text, `${pointer}/${wanted}`)) return set(set(text, `${pointer}/${wanted}`, value), `${pointer}/${other}`, undefined);
  return has(text, `${pointer}/${other}`) ? replaceMember(text, `${pointer}/${other}`, wanted as string, value as Json) : set(text, `${pointer}/${wanted}`, value as Json);
}

/** Let a slot lead to a state. */
export function setTarget(text: string, slot: string, name: string): string {
  return /\/(?:Next|End)$/.test(slot) && !/\/(?:Choices|Catch)\/\d+\/Next$/.test(slot) ? setNext(text, slot.replace(/\/(?:Next|End)$/, ""), name) : set(text, slot, name);
}

function targetOf(text: string, slot: string): string | null {
  const value = get(text, slot);
  return typeof value === "string" ? value : null;
}

/** Where a state leads when all goes well; null at an end, and where it leads to itself. */
function onward(text: string, pointer: string): string | null {
  const { name } = placeOfState(pointer);
  const next = get(text, `${pointer}/Next`) ?? get(text, `${pointer}/Default`) ?? get(text, `${pointer}/Choices/0/Next`);
  return typeof next === "string" && next !== name ? next : null;
}

// -- adding

/** Add a state where a slot leads; it goes on to where the slot led before. */
export function insertState(text: string, slot: string, wanted: string, body: Body): Edited {
  return insertSource(text, slot, wanted, written(text, body));
}

/** The same with a state as it is written. */
export function insertSource(text: string, slot: string, wanted: string, source: string): Edited {
  const { scope, owner } = placeOfSlot(slot);
  const name = freeName(wanted, names(text));
  const target = targetOf(text, slot);
  let own = uniqueInside(source, new Set([...names(text), name]));
  let changed = text;
  if (typeOf(own, "") === "Choice" && target === null) {
    // A Choice cannot end a flow.
    const done = freeName("Done", new Set([...names(text), name]));
    changed = set(changed, statePointer(scope, done), { Type: "Succeed" }, owner ? placeOfState(owner).name : undefined);
    own = withDefault(own, done);
  } else if (typeOf(own, "") === "Choice") own = withDefault(own, target!);
  else own = setNext(own, "", target);
  const after = owner ? placeOfState(owner).name : null;
  changed = setRaw(changed, statePointer(scope, name), own, after);
  return { text: setTarget(changed, slot, name), pointer: statePointer(scope, name) };
}

/** A Choice's rules without a target lead where its Default does. */
function withDefault(choice: string, target: string): string {
  const rules = (get(choice, "/Choices") as Json[] | undefined) ?? [];
  const filled = rules.reduce<string>((text, _, index) => (get(text, `/Choices/${index}/Next`) ? text : set(text, `/Choices/${index}/Next`, target)), choice);
  return set(filled, "/Default", target);
}

/** Add a state that nothing leads to yet. The first state of a flow is where it starts. */
export function addState(text: string, scope: string, wanted: string, body: Body, after?: string): Edited {
  const name = freeName(wanted, names(text));
  const own = uniqueInside(written(text, body), new Set([...names(text), name]));
  const empty = !(find(parse(text), `${scope}/States`)?.members.length ?? 0);
  let changed = has(text, `${scope}/States`) ? text : set(text, `${scope}/States`, {});
  changed = setRaw(changed, statePointer(scope, name), setNext(own, "", null), after);
  if (empty) changed = set(changed, `${scope}/StartAt`, name, has(changed, `${scope}/Comment`) ? "Comment" : null);
  return { text: changed, pointer: statePointer(scope, name) };
}

/** New names for the states inside a state's text that are taken already. */
function uniqueInside(state: string, taken: Set<string>): string {
  let text = state;
  for (const [, path] of flows(parse(text))) {
    for (const { key } of find(parse(text), `${path}/States`)?.members ?? []) {
      const name = freeName(key, taken);
      taken.add(name);
      if (name !== key) text = rename(text, path, key, name);
      const inner = statePointer(path, name);
      const own = raw(text, inner)!;
      const changed = uniqueInside(own, taken);
      if (changed !== own) text = setRaw(text, inner, changed);
    }
  }
  return text;
}

/** Several states; "" as a target is where the flow goes on. */
export interface Pattern {
  StartAt: string;
  States: Record<string, Body>;
}

/** Put a pattern where a slot leads; its open ends go on to where the slot led, or to a Succeed of its own. */
export function insertPattern(text: string, slot: string, pattern: Pattern): Edited {
  const { scope, owner } = placeOfSlot(slot);
  const taken = names(text);
  const named = new Map<string, string>();
  for (const name of Object.keys(pattern.States)) {
    named.set(name, freeName(name, taken));
    taken.add(named.get(name)!);
  }
  const target = targetOf(text, slot);
  const exit = target ?? freeName("Done", taken);
  taken.add(exit);
  const go = (key: string, value: unknown) => ((key === "Next" || key === "Default") && typeof value === "string" ? (value === "" ? exit : (named.get(value) ?? value)) : value);
  let changed = text;
  let after = owner ? placeOfState(owner).name : null;
  for (const [name, body] of Object.entries(pattern.States)) {
    const own = uniqueInside(written(changed, JSON.parse(JSON.stringify(body, go)) as Body), taken);
    changed = setRaw(changed, statePointer(scope, named.get(name)!), own, after);
    after = named.get(name)!;
  }
  if (target === null) changed = set(changed, statePointer(scope, exit), { Type: "Succeed" }, after);
  const first = named.get(pattern.StartAt)!;
  return { text: setTarget(changed, slot, first), pointer: statePointer(scope, first) };
}

// -- renaming

function rename(text: string, scope: string, old: string, name: string): string {
  const changed = references(text, scope, old).reduce((now, { slot }) => set(now, slot, name), text);
  return renameMember(changed, statePointer(scope, old), name);
}

/** Give a state another name, everywhere. An empty or taken name changes nothing. */
export function renameState(text: string, pointer: string, name: string): Edited {
  const { scope, name: old } = placeOfState(pointer);
  if (!name || name === old || names(text).has(name)) return { text, pointer };
  return { text: rename(text, scope, old, name), pointer: statePointer(scope, name) };
}

// -- removing

/**
 * Remove a state; what led to it leads to where it went. The pointer is that of the state behind, or before it. A flow inside a container keeps at least one state, which is
 * not called `reserved`.
 */
export function deleteState(text: string, pointer: string, reserved?: string): Edited {
  const { scope, name } = placeOfState(pointer);
  const target = onward(text, pointer);
  let changed = text;
  // From the last to the first, so that pointers into lists stay true.
  for (const { slot } of references(text, scope, name).reverse()) {
    if (slot.startsWith(`${pointer}/`)) continue;
    changed = target !== null ? set(changed, slot, target) : endSlot(changed, slot);
  }
  changed = set(changed, pointer, undefined);
  const left = find(parse(changed), `${scope}/States`)?.members ?? [];
  if (!left.length) {
    if (scope !== "") return addState(set(changed, `${scope}/StartAt`, undefined), scope, reserved === undefined ? "Pass" : freeName("Pass", names(changed).add(reserved)), { Type: "Pass" });
    return { text: set(changed, "/StartAt", undefined), pointer: null };
  }
  if (targetOf(changed, `${scope}/StartAt`) === null) changed = set(changed, `${scope}/StartAt`, left[0]!.key);
  if (target !== null) return { text: changed, pointer: statePointer(scope, target) };
  const before = references(text, scope, name).map(({ slot }) => placeOfSlot(slot).owner).find((owner) => owner !== null && owner !== pointer);
  return { text: changed, pointer: before ?? null };
}

/** A slot that leads nowhere any more: the flow ends there, rules and catchers go; of a Choice one rule stays. */
function endSlot(text: string, slot: string): string {
  const listed = /^(.*)\/(Choices|Catch)\/\d+\/Next$/.exec(slot);
  if (listed) {
    if (listed[2] === "Choices" && (get(text, `${listed[1]}/Choices`) as Json[]).length === 1) return lastRule(text, listed[1]!, slot);
    const emptied = set(text, slot.slice(0, -"/Next".length), undefined);
    const list = `${listed[1]}/${listed[2]}`;
    return listed[2] === "Catch" && !(get(emptied, list) as Json[]).length ? set(emptied, list, undefined) : emptied;
  }
  if (slot.endsWith("/StartAt") || slot.endsWith("/Default")) return set(text, slot, undefined);
  return setNext(text, slot.slice(0, -"/Next".length), null);
}

/** The only rule of a Choice leads where its Default does, or to a new Succeed. */
function lastRule(text: string, choice: string, slot: string): string {
  const otherwise = get(text, `${choice}/Default`);
  if (typeof otherwise === "string" && otherwise !== get(text, slot)) return set(text, slot, otherwise);
  const { scope, name } = placeOfState(choice);
  const done = freeName("Done", names(text));
  return set(set(text, slot, done), statePointer(scope, done), { Type: "Succeed" }, name);
}

// -- moving, copying

/** Move a state to where a slot leads. Into itself, and to where it is already, nothing changes. */
export function moveState(text: string, pointer: string, slot: string): Edited {
  const { scope, name } = placeOfState(pointer);
  const to = placeOfSlot(slot);
  const still = { text, pointer };
  if (slot.startsWith(`${pointer}/`) || to.scope.startsWith(`${pointer}/`)) return still;
  if (to.scope === scope && targetOf(text, slot) === name && references(text, scope, name).length === 1) return still;
  // The new one is there before the old one goes, so that no pointer into a list moves meanwhile.
  let own = raw(text, pointer)!;
  if (to.scope !== scope) own = withoutForeign(own, placesIn(text, to.scope));
  const wanted = "\u0000moved";
  const put = insertMoved(text, slot, wanted, own);
  const gone = deleteState(put, pointer, name);
  const there = statePointer(to.scope, wanted);
  // Deleting may have moved the branch that we moved into only if it was inside: refused above.
  if (!has(gone.text, there)) return still;
  return { text: rename(gone.text, to.scope, wanted, name), pointer: statePointer(to.scope, name) };
}

function insertMoved(text: string, slot: string, name: string, own: string): string {
  const { scope, owner } = placeOfSlot(slot);
  const target = targetOf(text, slot);
  const linked = typeOf(own, "") === "Choice" ? (target === null ? own : withDefault(own, target)) : setNext(own, "", target);
  const changed = setRaw(text, statePointer(scope, name), linked, owner ? placeOfState(owner).name : null);
  return setTarget(changed, slot, name);
}

function placesIn(text: string, scope: string): Set<string> {
  return new Set((find(parse(text), `${scope}/States`)?.members ?? []).map(({ key }) => key));
}

/** A state's text for another flow: rules lose targets that are not there, catchers go with theirs. */
function withoutForeign(state: string, there: ReadonlySet<string>): string {
  let text = state;
  for (const list of ["Choices", "Catch"]) {
    const items = (get(text, `/${list}`) as Body[] | undefined) ?? [];
    for (let index = items.length - 1; index >= 0; index -= 1) {
      if (there.has(String(items[index]!.Next))) continue;
      text = set(text, list === "Catch" ? `/Catch/${index}` : `/Choices/${index}/Next`, undefined);
    }
    if (list === "Catch" && items.length && !(get(text, "/Catch") as Json[]).length) text = set(text, "/Catch", undefined);
  }
  const otherwise = get(text, "/Default");
  return typeof otherwise === "string" && !there.has(otherwise) ? set(text, "/Default", undefined) : text;
}

/** A copy behind the state; of what nothing follows (Choice, Succeed, Fail) a copy that nothing leads to yet. */
export function duplicateState(text: string, pointer: string): Edited {
  const { scope, name } = placeOfState(pointer);
  const source = raw(text, pointer)!;
  const type = typeOf(text, pointer);
  if (type === "Choice" || type === "Succeed" || type === "Fail") {
    const copy = freeName(name, names(text));
    const own = uniqueInside(source, new Set([...names(text), copy]));
    return { text: setRaw(text, statePointer(scope, copy), own, name), pointer: statePointer(scope, copy) };
  }
  return insertSource(text, `${pointer}/${has(text, `${pointer}/Next`) ? "Next" : "End"}`, name, source);
}

// -- containers, rules

/** Add an empty branch to a Parallel. */
export function addBranch(text: string, pointer: string): Edited {
  const name = freeName("Pass", names(text));
  const branches = (get(text, `${pointer}/Branches`) as Json[] | undefined) ?? [];
  const branch = { StartAt: name, States: { [name]: { Type: "Pass", End: true } } };
  const ready = has(text, `${pointer}/Branches`) ? text : set(text, `${pointer}/Branches`, [], "Type");
  return { text: set(ready, `${pointer}/Branches/${branches.length}`, branch), pointer: statePointer(`${pointer}/Branches/${branches.length}`, name) };
}

/** The query language of the machine ("") or of one state; null: as the machine. */
export function setQueryLanguage(text: string, pointer: string, language: "JSONPath" | "JSONata" | null): string {
  if (language === null) return set(text, `${pointer}/QueryLanguage`, undefined);
  return set(text, `${pointer}/QueryLanguage`, language, pointer ? "Type" : has(text, "/Comment") ? "Comment" : null);
}

/** The older words of a Map: `Iterator` becomes `ItemProcessor`, its `Parameters` become `ItemSelector`. */
export function modernMap(text: string, pointer: string): Edited {
  const renamed = has(text, `${pointer}/Iterator`) ? renameMember(text, `${pointer}/Iterator`, "ItemProcessor") : text;
  const selected = has(renamed, `${pointer}/Parameters`) && !has(renamed, `${pointer}/ItemSelector`) ? renameMember(renamed, `${pointer}/Parameters`, "ItemSelector") : renamed;
  return { text: selected, pointer };
}
