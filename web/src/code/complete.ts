// What can be written where the cursor is in a definition: fields of the state, types, names of states, functions of
// JSONata and intrinsic functions, variables.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { readDefinition } from "../asl/definition";
import { ERRORS, fieldsOf, structureOf, TYPES } from "../asl/fields";
import { spans, stateAt } from "../asl/pointers";

const JSONATA = "string length substring substringBefore substringAfter uppercase lowercase trim pad contains split join match replace eval base64encode base64decode encodeUrl encodeUrlComponent decodeUrl decodeUrlComponent number formatNumber formatBase formatInteger parseInteger abs floor ceil round power sqrt random sum max min average boolean not exists count append sort reverse shuffle distinct zip keys lookup spread merge sift each error assert type map filter single reduce now millis fromMillis toMillis uuid partition range hash parse".split(" ");
const INTRINSIC = "Array ArrayPartition ArrayContains ArrayRange ArrayGetItem ArrayLength ArrayUnique Base64Encode Base64Decode Format Hash JsonMerge JsonToString MathAdd MathRandom StringSplit StringToJson UUID".split(" ");
const MACHINE = ["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"];
const VALUES: Record<string, readonly string[]> = { Type: TYPES, QueryLanguage: ["JSONPath", "JSONata"], JitterStrategy: ["FULL", "NONE"], Mode: ["INLINE", "DISTRIBUTED"], ExecutionType: ["STANDARD", "EXPRESS"] };

export function complete(context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString();
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const places = spans(mended(text, context.pos));
  const pointer = stateAt(places, context.pos);
  const definition = readDefinition(text) ?? readDefinition(mended(text, context.pos));

  const value = /"([A-Za-z]+)"\s*:\s*\[?(?:"[^"]*",\s*)*"([^"]*)$/.exec(before);
  if (value) {
    const [, key = "", typed = ""] = value;
    const from = context.pos - typed.length;
    if (key === "Next" || key === "Default" || key === "StartAt") {
      const state = pointer ? definition?.states.get(pointer) : undefined;
      const names = [...(definition?.states.values() ?? [])].filter(({ parent }) => parent === (state?.parent ?? null)).map(({ name }) => name);
      return { from, options: names.filter((name) => name !== state?.name).map((label) => ({ label, type: "constant" })) };
    }
    if (key === "ErrorEquals") return { from, options: ERRORS.map((label) => ({ label, type: "constant" })) };
    const known = VALUES[key];
    if (known) return { from, options: known.map((label) => ({ label, type: "enum" })) };
  }
  const expression = /\{%(?:(?!%\}).)*$/.exec(before);
  if (expression) return inJsonata(context, text);
  const intrinsic = /States\.(\w*)$/.exec(before);
  if (intrinsic) return { from: context.pos - intrinsic[1]!.length, options: INTRINSIC.map((label) => ({ label, type: "function", apply: `${label}()` })) };
  const name = /(?:^|[{,])\s*"(\w*)$/.exec(before);
  if (name && definition) {
    const state = pointer ? definition.states.get(pointer) : undefined;
    const here = state ? [...structureOf(state.type), ...fieldsOf(state.type, state.body.QueryLanguage === "JSONata" ? "JSONata" : definition.queryLanguage).map((field) => field.name)] : MACHINE;
    const there = new Set(Object.keys(state?.body ?? {}));
    return { from: context.pos - name[1]!.length, options: here.filter((label) => !there.has(label)).map((label) => ({ label, type: "property" })) };
  }
  return null;
}

function inJsonata(context: CompletionContext, text: string): CompletionResult | null {
  const states = context.matchBefore(/\$states\.\w*/);
  if (states) return { from: states.from + "$states.".length, options: ["input", "context", "result", "errorOutput"].map((label) => ({ label, type: "property" })) };
  const word = context.matchBefore(/\$\w*/);
  if (!word) return null;
  const variables = new Set<string>();
  for (const { body } of readDefinition(text)?.states.values() ?? []) for (const name of Object.keys((body.Assign as object | undefined) ?? {})) variables.add(name);
  const options: Completion[] = [...variables].map((name) => ({ label: `$${name}`, type: "variable", boost: 2 }));
  options.push({ label: "$states", type: "variable", boost: 1 }, ...JSONATA.map((name): Completion => ({ label: `$${name}`, type: "function", apply: `$${name}()` })));
  return { from: word.from, options };
}

/** While a string or a name is being written the text is broken; close it, so that what stands before is understood. */
function mended(text: string, at: number): string {
  const end = text.indexOf("\n", at);
  const rest = text.slice(at, end < 0 ? text.length : end);
  if (/^[\w .%}]*"/.test(rest)) return text;
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const named = /(?:^|[{,])\s*"\w*$/.test(line);
  const tail = text.slice(at + (/^[\w .]*/.exec(rest)?.[0].length ?? 0));
  return `${text.slice(0, at)}"${named ? ": null" : ""}${/^\s*[}\],]/.test(tail) ? "" : ","}${tail}`;
}
