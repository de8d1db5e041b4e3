// The rules of a Choice: in JSONata a condition each, in JSONPath a comparison or And, Or, Not of more.

import { partOf } from "../asl/fields";
import { get, insertItem, set, swapItems } from "../asl/patch";
import type { Json } from "../lib/json";
import { Icon } from "../ui/Icon";
import { FieldList, JsonInput, type Place, put, SelectInput } from "./Form";

type Rule = Record<string, Json>;

const TYPED: Record<string, readonly string[]> = {
  String: ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals", "Matches"],
  Numeric: ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"],
  Boolean: ["Equals"],
  Timestamp: ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"],
};
const CHECKS = ["IsPresent", "IsNull", "IsString", "IsNumeric", "IsBoolean", "IsTimestamp"];
const SIGNS: Record<string, string> = { Equals: "=", LessThan: "<", GreaterThan: ">", LessThanEquals: "≤", GreaterThanEquals: "≥", Matches: "matches" };

/** Every operator with how it is read: "NumericLessThanPath" -> "number < value at". */
export const OPERATORS: readonly { value: string; name: string }[] = [
  ...Object.entries(TYPED).flatMap(([type, operators]) =>
    operators.flatMap((operator) => {
      const name = `${type === "Numeric" ? "number" : type.toLowerCase()} ${SIGNS[operator]}`;
      const plain = { value: `${type}${operator}`, name };
      return operator === "Matches" ? [plain] : [plain, { value: `${type}${operator}Path`, name: `${name} value at` }];
    }),
  ),
  ...CHECKS.map((value) => ({ value, name: `is ${value.slice(2).toLowerCase()}` })),
];
const NAMES = new Set(OPERATORS.map(({ value }) => value));

export function operatorOf(rule: Rule): string | undefined {
  return Object.keys(rule).find((key) => NAMES.has(key));
}

/** A value that fits another operator. */
function fitting(operator: string, value: Json | undefined): Json {
  if (operator.startsWith("Is")) return typeof value === "boolean" ? value : true;
  if (operator.endsWith("Path")) return typeof value === "string" && value.startsWith("$") ? value : "$.other";
  if (operator.startsWith("Boolean")) return value !== false;
  if (operator.startsWith("Numeric")) return Number.isFinite(Number(value)) && value !== true && value !== "" ? Number(value) : 0;
  if (operator.startsWith("Timestamp")) return typeof value === "string" && !value.startsWith("$") ? value : "2026-01-01T00:00:00Z";
  return typeof value === "string" ? value : value === undefined ? "" : String(value);
}

export function withOperator(rule: Rule, operator: string): Rule {
  const old = operatorOf(rule);
  return Object.fromEntries(Object.entries(rule).map(([key, value]) => (key === old ? [operator, fitting(operator, value)] : [key, value])));
}

export function Rules({ place, targets }: { place: Place; targets: readonly string[] }) {
  const { text, pointer, language, write } = place;
  const rules = (get(text, `${pointer}/Choices`) as Rule[] | undefined) ?? [];
  const add = () => {
    const rule: Rule = { ...(language === "JSONata" ? { Condition: "{% true %}" } : { Variable: "$.value", StringEquals: "" }), Next: String(get(text, `${pointer}/Default`) ?? targets[0] ?? "") };
    const ready = get(text, `${pointer}/Choices`) === undefined ? set(text, `${pointer}/Choices`, [], "Type") : text;
    write(insertItem(ready, `${pointer}/Choices`, rules.length, rule));
  };
  return (
    <div className="stack" style={{ gap: 12 }}>
      {rules.map((rule, index) => {
        const at = `${pointer}/Choices/${index}`;
        const own = { ...place, pointer: at };
        return (
          <fieldset key={index} className="piece">
            <legend>Rule {index + 1}</legend>
            <div className="piece-tools">
              <button type="button" className="btn quiet small icon" disabled={index === 0} aria-label={`Rule ${index + 1}: earlier`} onClick={() => write(swapItems(text, `${pointer}/Choices`, index - 1))}><Icon name="down" size={13} /></button>
              <button type="button" className="btn quiet small icon" disabled={index === rules.length - 1} aria-label={`Rule ${index + 1}: later`} onClick={() => write(swapItems(text, `${pointer}/Choices`, index))}><Icon name="down" size={13} /></button>
              <button type="button" className="btn quiet small icon" disabled={rules.length === 1} aria-label={`Remove rule ${index + 1}`} onClick={() => write(set(text, at, undefined))}><Icon name="trash" size={13} /></button>
            </div>
            {language === "JSONata" ? <JsonInput label="Condition" place={own} name="Condition" least={1} /> : <Condition rule={rule} label={`Rule ${index + 1}`} onChange={(changed) => write(set(text, at, changed), at)} />}
            <SelectInput label="Then go to" at={`${at}/Next`} value={String(rule.Next ?? "")} options={targets} none={rule.Next === undefined ? "Choose" : null} onChange={(next) => put(own, "Next", next)} />
            <FieldList fields={partOf("rule", language)} place={own} />
          </fieldset>
        );
      })}
      <button type="button" className="btn small" onClick={add}><Icon name="plus" size={13} />Add a rule</button>
      <SelectInput label="Otherwise go to" at={`${pointer}/Default`} value={String(get(text, `${pointer}/Default`) ?? "")} options={targets} none="Fail with States.NoChoiceMatched" onChange={(next) => put(place, "Default", next || undefined)} />
    </div>
  );
}

const KINDS = [{ value: "compare", name: "Compare" }, { value: "And", name: "All of (And)" }, { value: "Or", name: "Any of (Or)" }, { value: "Not", name: "None of (Not)" }];
const FRESH: Rule = { Variable: "$.value", StringEquals: "" };
/** What stays when the kind of a rule changes. */
const KEPT = ["Next", "Comment", "Assign", "Output"];

export function kindOf(rule: Rule): string {
  return ["And", "Or", "Not"].find((name) => name in rule) ?? "compare";
}

export function withKind(rule: Rule, kind: string): Rule {
  const kept = Object.fromEntries(Object.entries(rule).filter(([key]) => KEPT.includes(key)));
  const own = Object.fromEntries(Object.entries(rule).filter(([key]) => !KEPT.includes(key)));
  const old = kindOf(rule);
  const first = old === "compare" ? own : old === "Not" ? (rule.Not as Rule) : ((rule[old] as Rule[])[0] ?? FRESH);
  if (kind === "compare") return { ...(kindOf(first) === "compare" ? first : FRESH), ...kept };
  if (kind === "Not") return { Not: first, ...kept };
  return { [kind]: old === "And" || old === "Or" ? rule[old]! : [first], ...kept };
}

function Condition({ rule, label, onChange }: { rule: Rule; label: string; onChange: (rule: Rule) => void }) {
  const kind = kindOf(rule);
  const parts = kind === "And" || kind === "Or" ? (rule[kind] as Rule[]) : null;
  return (
    <div className="condition">
      <select className="input small" aria-label={`${label}: kind`} value={kind} onChange={(event) => onChange(withKind(rule, event.target.value))}>
        {KINDS.map(({ value, name }) => <option key={value} value={value}>{name}</option>)}
      </select>
      {kind === "compare" ? <Comparison rule={rule} label={label} onChange={onChange} /> : kind === "Not" ? (
        <div className="parts"><Condition rule={rule.Not as Rule} label={`${label}, not`} onChange={(inner) => onChange({ ...rule, Not: inner })} /></div>
      ) : (
        <div className="parts">
          {parts!.map((part, index) => (
            <div key={index} className="part">
              <Condition rule={part} label={`${label}, part ${index + 1}`} onChange={(inner) => onChange({ ...rule, [kind]: parts!.map((each, at) => (at === index ? inner : each)) })} />
              <button type="button" className="btn quiet small icon" disabled={parts!.length === 1} aria-label={`${label}: remove part ${index + 1}`} onClick={() => onChange({ ...rule, [kind]: parts!.filter((_, at) => at !== index) })}><Icon name="cross" size={12} /></button>
            </div>
          ))}
          <button type="button" className="btn quiet small" onClick={() => onChange({ ...rule, [kind]: [...parts!, FRESH] })}><Icon name="plus" size={12} />Add a part</button>
        </div>
      )}
    </div>
  );
}

function Comparison({ rule, label, onChange }: { rule: Rule; label: string; onChange: (rule: Rule) => void }) {
  const operator = operatorOf(rule) ?? "StringEquals";
  const value = rule[operator];
  const change = (typed: Json) => onChange({ ...rule, [operator]: typed });
  const flag = operator.startsWith("Is") || operator === "BooleanEquals";
  return (
    <>
      <input className="input small mono" aria-label={`${label}: variable`} value={String(rule.Variable ?? "")} spellCheck={false} onChange={(event) => onChange({ ...rule, Variable: event.target.value })} />
      <select className="input small" aria-label={`${label}: operator`} value={operator} onChange={(event) => onChange(withOperator(rule, event.target.value))}>
        {OPERATORS.map(({ value: each, name }) => <option key={each} value={each}>{name}</option>)}
      </select>
      {flag ? (
        <select className="input small" aria-label={`${label}: value`} value={String(value)} onChange={(event) => change(event.target.value === "true")}><option>true</option><option>false</option></select>
      ) : (
        <input className="input small mono" aria-label={`${label}: value`} value={value === undefined ? "" : String(value)} spellCheck={false} onChange={(event) => change(operator.startsWith("Numeric") && !operator.endsWith("Path") && event.target.value.trim() !== "" && Number.isFinite(Number(event.target.value)) ? Number(event.target.value) : event.target.value)} />
      )}
    </>
  );
}
