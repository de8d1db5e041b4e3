// An input as a form: a field for each part that is known, the rest of the value left as it is.

import { useId, useState } from "react";
import type { InputField, Kind } from "../asl/inputs";
import { getIn, isBody, readJson, setIn, type Json } from "../lib/json";

interface Props {
  fields: readonly InputField[];
  value: Json;
  onChange: (value: Json) => void;
}

export function InputForm({ fields, value, onChange }: Props) {
  const others = isBody(value) ? Object.keys(value).filter((name) => !fields.some(({ way }) => way[0] === name)) : [];
  return (
    <div className="input-form" role="group" aria-label="Input as a form">
      {fields.map((field) => <Part key={field.way.join("\n")} field={field} value={getIn(value, field.way)} onChange={(part) => onChange(setIn(value, field.way, part))} />)}
      {others.length > 0 && <p className="hint">Also in the input: {others.slice(0, 8).map((name, index) => <span key={name}>{index > 0 && ", "}<code>{name}</code></span>)}{others.length > 8 && ` and ${others.length - 8} more`}.</p>}
    </div>
  );
}

const KINDS: Record<Kind, string> = { string: "Text", number: "Number", boolean: "true or false", array: "List, as JSON", object: "Object, as JSON", any: "Text, or JSON" };

function Part({ field: { way, kind, optional, values, title, note }, value, onChange }: { field: InputField; value: Json | undefined; onChange: (value: Json | undefined) => void }) {
  const id = useId();
  // What is being typed need not be a value yet.
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? written(value, kind);
  const problem = typed === null || typed === "" ? null : read(typed, kind).problem;
  const type = (next: string) => {
    setTyped(next);
    const found = next === "" ? { value: undefined } : read(next, kind);
    if (!("problem" in found) || found.problem === undefined) onChange(found.value);
  };
  const common = { id, className: "input", value: text, "aria-invalid": problem !== null && problem !== undefined, "aria-describedby": problem || note ? `${id}-note` : undefined, onBlur: () => !problem && setTyped(null) };
  const wide = kind === "array" || kind === "object";
  return (
    <div className={`field ${wide ? "wide" : ""}`}>
      <label htmlFor={id}><span className="mono">{way.join(".")}</span>{title && <> {title}</>}{optional && <span className="faint"> (optional)</span>}</label>
      {kind === "boolean" ? (
        <select {...common} onChange={(event) => type(event.target.value)}><option value="">—</option><option>true</option><option>false</option></select>
      ) : wide ? (
        <textarea {...common} className="input mono" rows={Math.min(6, Math.max(2, text.split("\n").length))} spellCheck={false} placeholder={KINDS[kind]} onChange={(event) => type(event.target.value)} />
      ) : (
        <input {...common} inputMode={kind === "number" ? "decimal" : undefined} placeholder={KINDS[kind]} autoComplete="off" spellCheck={false} list={values.length ? `${id}-values` : undefined} onChange={(event) => type(event.target.value)} />
      )}
      {values.length > 0 && kind !== "boolean" && <datalist id={`${id}-values`}>{values.map((each) => <option key={JSON.stringify(each)} value={typeof each === "string" ? each : JSON.stringify(each)} />)}</datalist>}
      {(problem || note) && <span className={problem ? "wrong" : "hint"} id={`${id}-note`}>{problem ?? note}</span>}
    </div>
  );
}

function written(value: Json | undefined, kind: Kind): string {
  if (value === undefined) return "";
  if (typeof value === "string") return kind === "any" && readJson(value).problem === undefined ? JSON.stringify(value) : value;
  return kind === "array" || kind === "object" ? JSON.stringify(value, null, 2) : JSON.stringify(value);
}

/** What a text in a field means. Numbers stay as precise as they are written only as far as JavaScript's are. */
export function read(text: string, kind: Kind): { value: Json; problem?: undefined } | { problem: string } {
  if (kind === "string") return { value: text };
  const found = readJson(text);
  if (kind === "any") return { value: found.problem === undefined ? found.value : text };
  if (found.problem !== undefined) return { problem: kind === "number" ? "This is no number" : `${found.problem}, line ${found.line}, column ${found.column}` };
  const is = Array.isArray(found.value) ? "array" : found.value === null ? "null" : typeof found.value;
  return is === kind || is === "null" ? found : { problem: `This is no ${{ number: "number", boolean: "true or false", array: "list", object: "object" }[kind]}` };
}
