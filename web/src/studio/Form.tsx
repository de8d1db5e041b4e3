// Fields of a form that change a text in place: each is told a pointer, and writes the whole new text.

import { useEffect, useId, useState, type ReactNode } from "react";
import { type Field, isShown, type Language } from "../asl/fields";
import { get, raw, set, setRaw } from "../asl/patch";
import { Broken, parse, unescape } from "../asl/tree";
import { Code } from "../code/Code";
import type { Json } from "../lib/json";

export interface Place {
  text: string;
  /** The object whose members are edited. */
  pointer: string;
  language: Language;
  write: (text: string, key?: string | null) => void;
}

const LAST = new Set(["Retry", "Catch", "Next", "End", "Default", "ItemProcessor", "Branches", "Choices"]);

/** Set a member; a new one goes before what ends a state: Retry, Catch, Next. */
export function put(place: Place, name: string, value: Json | undefined): void {
  const { text, pointer } = place;
  place.write(set(text, `${pointer}/${name}`, value, behind(place)), `${pointer}/${name}`);
}

function behind({ text, pointer }: Place): string | undefined {
  const body = get(text, pointer);
  const keys = typeof body === "object" && body !== null ? Object.keys(body) : [];
  const first = keys.findIndex((key) => LAST.has(key));
  return first <= 0 ? undefined : keys[first - 1];
}

interface RowProps {
  label: ReactNode;
  hint?: string | undefined;
  wrong?: string | null;
  children: ReactNode;
  id?: string;
  /** JSON pointer of what is edited; its last step is shown, so that who knows the language finds it. */
  at?: string | undefined;
}

export function Row({ label, hint, wrong, children, id, at }: RowProps) {
  const name = at && unescape(at.slice(at.lastIndexOf("/") + 1));
  const said = name && !/^\d+$/.test(name) && String(label).replaceAll(" ", "").toLowerCase() !== name.toLowerCase();
  return (
    <div className="field" data-field={at}>
      <div className="field-head">
        {id ? <label htmlFor={id}>{label}</label> : <span className="label">{label}</span>}
        {said && <code aria-hidden>{name}</code>}
      </div>
      {children}
      {wrong ? <span className="wrong" role="status">{wrong}</span> : hint ? <span className="hint">{hint}</span> : null}
    </div>
  );
}

/** All fields that are asked for, in their order. */
export function FieldList({ fields, place }: { fields: readonly Field[]; place: Place }) {
  const body = (get(place.text, place.pointer) as Record<string, Json> | undefined) ?? {};
  return fields.filter((field) => isShown(field, body)).map((field) => <FieldInput key={field.name} field={field} place={place} />);
}

export function FieldInput({ field, place }: { field: Field; place: Place }) {
  const at = `${place.pointer}/${field.name}`;
  const value = get(place.text, at);
  /** What says the same in another form goes. */
  const change = (changed: Json | undefined) => {
    const rivals = changed === undefined ? [] : (field.rivals ?? []);
    put({ ...place, text: rivals.reduce((text, name) => set(text, `${place.pointer}/${name}`, undefined), place.text) }, field.name, changed);
  };
  switch (field.kind) {
    case "json":
    case "template":
      return <JsonInput label={field.label} hint={field.hint} place={place} name={field.name} least={field.small ? 1 : 2} />;
    case "choice":
      return <SelectInput label={field.label} hint={field.hint} at={at} value={shown(value)} options={withOwn(field.options ?? [], shown(value))} onChange={(chosen) => put(place, field.name, chosen || undefined)} />;
    case "flag":
      return <label className="row" data-field={at}><input type="checkbox" checked={value === true} onChange={(event) => put(place, field.name, event.target.checked || undefined)} />{field.label}</label>;
    case "role":
      return <RoleInput field={field} place={place} />;
    default:
      return <TextInput field={field} at={at} value={value} onChange={change} />;
  }
}

/** A value that is none of the options (a placeholder, a mistake) is one nevertheless: it must be seen. */
function withOwn(options: NonNullable<Field["options"]>, value: string): NonNullable<Field["options"]> {
  return value === "" || options.some((option) => (typeof option === "string" ? option : option.value) === value) ? options : [...options, value];
}

/** `Credentials`: one ARN, or in JSONPath a path to it. Anything else there is shown as JSON. */
function RoleInput({ field, place }: { field: Field; place: Place }) {
  const at = `${place.pointer}/${field.name}`;
  const value = get(place.text, at);
  const body = typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  const [name = "RoleArn"] = Object.keys(body ?? {});
  if (value !== undefined && (!body || Object.keys(body).length !== 1 || !/^RoleArn(\.\$)?$/.test(name) || typeof body[name] !== "string")) return <JsonInput label={field.label} hint={field.hint} place={place} name={field.name} />;
  const change = (typed: Json | undefined) => put(place, field.name, typed === undefined ? undefined : { [place.language === "JSONPath" && /^(\$|States\.)(?!\{)/.test(String(typed)) ? "RoleArn.$" : "RoleArn"]: typed });
  return <TextInput field={field} at={at} value={body?.[name]} onChange={change} />;
}

function shown(value: Json | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed as a value: numbers where numbers are wanted, null for a path that takes nothing. */
function understood(kind: Field["kind"], typed: string): Json | undefined {
  if (typed === "") return undefined;
  if (kind === "number" && /^-?\d+(\.\d+)?$/.test(typed.trim())) return Number(typed);
  if (kind === "path" && typed === "null") return null;
  return typed;
}

function TextInput({ field, at, value, onChange }: { field: Field; at: string; value: Json | undefined; onChange: (value: Json | undefined) => void }) {
  const id = useId();
  const props = { id, value: shown(value), placeholder: field.placeholder, spellCheck: false, autoComplete: "off" };
  const change = (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(understood(field.kind, event.target.value));
  return (
    <Row id={id} label={field.label} hint={field.hint} at={at}>
      {field.kind === "long" ? <textarea className="input area" rows={3} {...props} onChange={change} /> : <input className={`input ${field.kind === "path" ? "mono" : ""}`} inputMode={field.kind === "number" ? "numeric" : undefined} {...props} onChange={change} />}
    </Row>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (string | { value: string; name: string })[];
  onChange: (value: string) => void;
  hint?: string | undefined;
  none?: string | null;
  at?: string;
}

export function SelectInput({ label, value, options, onChange, hint, at, none = "Not set" }: SelectProps) {
  const id = useId();
  return (
    <Row id={id} label={label} hint={hint} at={at}>
      <select id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {none !== null && <option value="">{none}</option>}
        {options.map((option) => (typeof option === "string" ? <option key={option}>{option}</option> : <option key={option.value} value={option.value}>{option.name}</option>))}
      </select>
    </Row>
  );
}

const EXPRESSION = /^\s*\{%[\s\S]*%\}\s*$/;

/** A value as text: JSON, or one expression without its quotes. What is no JSON yet stays in the field. */
export function JsonInput({ label, hint, place, name, least = 2 }: { label: string; hint?: string | undefined; place: Place; name: string; least?: number }) {
  const pointer = `${place.pointer}/${name}`;
  const value = get(place.text, pointer);
  const written = value === undefined ? "" : typeof value === "string" && EXPRESSION.test(value) ? value : (raw(place.text, pointer) ?? "");
  const [local, setLocal] = useState(written);
  const [wrong, setWrong] = useState<string | null>(null);
  const [last, setLast] = useState(written);
  if (written !== last) {
    // Changed elsewhere: by undo, in the code, for another state.
    setLast(written);
    if (meaning(local) !== meaning(written)) setLocal(written);
    setWrong(null);
  }
  const change = (typed: string) => {
    setLocal(typed);
    if (typed === written) return;
    if (!typed.trim()) return void (setWrong(null), put(place, name, undefined));
    if (EXPRESSION.test(typed)) return void (setWrong(null), put(place, name, typed.trim()));
    try {
      parse(typed);
    } catch (problem) {
      if (!(problem instanceof Broken)) throw problem;
      return setWrong(`${problem.message}. The definition keeps the last good value.`);
    }
    setWrong(null);
    place.write(setRaw(place.text, pointer, typed.trim(), behind(place)), pointer);
  };
  return (
    <Row label={label} hint={hint} wrong={wrong} at={pointer}>
      <Code text={local} label={label} height={least * 20 + 22} onChange={change} problems={NONE} bare />
    </Row>
  );
}

const NONE: readonly never[] = [];

function meaning(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text.trim();
  }
}

/** A list of short texts, one per line or chosen from known ones. */
export function WordsInput({ label, at, words, known, onChange }: { label: string; at: string; words: readonly string[]; known: readonly string[]; onChange: (words: string[]) => void }) {
  const [typed, setTyped] = useState("");
  const id = useId();
  const add = () => {
    const word = typed.trim();
    if (word && !words.includes(word)) onChange([...words, word]);
    setTyped("");
  };
  useEffect(() => setTyped(""), [words.length]);
  return (
    <Row id={id} label={label} at={at}>
      <div className="words">
        {words.map((word) => (
          <span key={word} className="badge">
            {word}
            <button type="button" aria-label={`Remove ${word}`} onClick={() => onChange(words.filter((each) => each !== word))}>×</button>
          </span>
        ))}
        <input
          id={id}
          list={`${id}-known`}
          value={typed}
          placeholder={words.length ? "Another" : "States.ALL"}
          onChange={(event) => (known.includes(event.target.value) ? onChange([...new Set([...words, event.target.value])]) : setTyped(event.target.value))}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            } else if (event.key === "Backspace" && !typed) onChange(words.slice(0, -1));
          }}
          onBlur={add}
        />
        <datalist id={`${id}-known`}>{known.filter((word) => !words.includes(word)).map((word) => <option key={word} value={word} />)}</datalist>
      </div>
    </Row>
  );
}
