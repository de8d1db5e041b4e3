// The definition of a machine: picture and text side by side, to be looked at, changed, copied and compared.

import { lazy, Suspense, useMemo, useState } from "react";
import { compareStates } from "../asl/difference";
import { readDefinition, usedFunctions, usedMachines } from "../asl/definition";
import { plain } from "../asl/tree";
import { asBoto3, asCli, asTerraform } from "../asl/snippets";
import { all, ask, ROOT, states } from "../aws/client";
import type { Machine, VersionEntry } from "../aws/types";
import type { Drawing, Mark } from "../graph/drawing";
import { useData } from "../lib/data";
import { bytes, plural, size } from "../lib/format";
import { href } from "../lib/route";
import { useDraft } from "../studio/draft";
import { useMarks, usePicture, useProblems } from "../studio/looking";
import { savePicture } from "../studio/pictures";
import { Workbench } from "../studio/Workbench";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Bones, copyText, Segments, toast, useAction } from "../ui/parts";

const Difference = lazy(() => import("../studio/Difference").then(({ Difference: found }) => ({ default: found })));

/** Pictures are remembered by the text they show. */
export function useDrawing(definition: string | undefined) {
  return useData(definition === undefined ? null : `graph ${definition}`, (signal) => ask<Drawing>("graph", { definition }, signal));
}

interface Props {
  machine: Machine;
  selected: string | null;
  onSelect: (pointer: string | null) => void;
  onSaved: () => void;
}

const FORMS = [{ id: "json", name: "JSON" }, { id: "yaml", name: "YAML" }] as const;

export function DefinitionView({ machine, selected, onSelect, onSaved }: Props) {
  const arn = machine.stateMachineArn;
  const desk = useDraft(arn, machine.definition);
  const { text } = desk.draft;
  const [folded, setFolded] = useState<readonly string[]>([]);
  const [form, setForm] = useState<"json" | "yaml">("json");
  const [against, setAgainst] = useState<string | null>(null);
  const picture = usePicture(text, folded);
  const { problems } = useProblems(text, machine.type);
  const worries = useMarks(problems);
  const versions = useData(`versions ${arn}`, (signal) => all<VersionEntry>("ListStateMachineVersions", "stateMachineVersions", { stateMachineArn: arn }, signal));
  const other = useData(against && against !== "saved" ? `definition ${against}` : null, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: against }, signal));
  const before = against === "saved" ? desk.draft.saved : against ? other.data?.definition : undefined;
  const marks = useMemo(() => (before === undefined ? worries : differences(before, text)), [before, text, worries]);
  const fold = (pointer: string) => setFolded((old) => (old.includes(pointer) ? old.filter((each) => each !== pointer) : [...old, pointer]));
  const errors = problems.some(({ severity }) => severity === "error");
  const [save, busy] = useAction(async () => {
    await states("UpdateStateMachine", { stateMachineArn: arn, definition: text });
    toast(`Saved ${machine.name}`);
    onSaved();
  });
  const instead = against ? (
    before === undefined ? <Bones /> : <Suspense fallback={<Bones />}><Difference before={before} after={text} onSelect={onSelect} /></Suspense>
  ) : form === "yaml" ? <Yaml text={text} /> : undefined;
  return (
    <section className="card definition" aria-label="Definition">
      <div className="card-head">
        <Facts text={text} />
        {desk.dirty && (
          <>
            <span className="status tone-warn"><Icon name="info" size={13} />{desk.draft.moved ? "Not saved, and changed elsewhere" : "Not saved"}</span>
            <button type="button" className="btn small" onClick={desk.discard}>Discard</button>
            <button type="button" className="btn small primary" disabled={busy || errors} onClick={save}>Save</button>
          </>
        )}
        <label className="row soft">
          <span className="sr">Compare with</span>
          <select className="input small" value={against ?? ""} onChange={(event) => setAgainst(event.target.value || null)}>
            <option value="">Compare with…</option>
            {desk.dirty && <option value="saved">What is saved</option>}
            {(versions.data ?? []).map(({ stateMachineVersionArn: version }) => <option key={version} value={version}>Version {version.split(":").pop()}</option>)}
          </select>
        </label>
        <Segments options={FORMS} value={form} onChange={(id) => { setAgainst(null); setForm(id); }} label="Form of the text" />
        <Menus text={text} machine={machine} />
        <a className="btn small" href={href(["machines", arn, "edit"], { state: selected })}><Icon name="graph" size={13} />Edit in the studio</a>
      </div>
      <Workbench {...{ text, picture, problems, marks, selected, onSelect }} onFold={fold} onChange={(changed) => desk.write(changed, "code")} instead={instead} />
    </section>
  );
}

function Facts({ text }: { text: string }) {
  const read = useMemo(() => readDefinition(text), [text]);
  const functions = useMemo(() => (read ? usedFunctions(read) : []), [read]);
  const machines = useMemo(() => (read ? usedMachines(read) : []), [read]);
  return (
    <>
      <span className="soft clip">{read ? `${plural(read.states.size, "state")} · ${read.queryLanguage} · ` : ""}{size(bytes(text))}</span>
      <span className="clip faint grow" title={read?.comment}>{read?.comment}</span>
      {functions.slice(0, 3).map((name) => <a key={name} className="badge" href={href(["functions", name])} title="A function that this machine calls"><Icon name="function" size={12} />{name}</a>)}
      {machines.slice(0, 2).map((arn) => <a key={arn} className="badge" href={href(["machines", arn.split(":").slice(0, 7).join(":")])} title="A state machine that this one starts"><Icon name="machines" size={12} />{arn.split(":")[6]}</a>)}
      {functions.length > 3 && <span className="badge" title={functions.slice(3).join(", ")}>+{functions.length - 3}</span>}
    </>
  );
}

/** Copy and export. */
export function Menus({ text, machine }: { text: string; machine: Machine }) {
  const subject = { ...machine, definition: text };
  const copy = (what: string, made: () => string | Promise<string>) => () => void Promise.resolve(made()).then(copyText).then(() => toast(`Copied ${what}`), (error: Error) => toast(error.message, true));
  const rendered = (format: string) => ask<{ text: string }>("render", { definition: plain(text), format }).then((answer) => answer.text);
  const picture = (format: "svg" | "png" | "mermaid") => () => void savePicture(text, machine.name || "workflow", format).catch((error: Error) => toast(error.message, true));
  return (
    <>
      <Menu label="Copy" look="" items={[
        { name: "Definition", icon: "copy", hint: "JSON", act: copy("the definition", () => text) },
        { name: "Definition", icon: "copy", hint: "YAML", act: copy("the definition as YAML", () => rendered("yaml")) },
        null,
        { name: "AWS CLI", hint: "create-state-machine", act: copy("a command of the AWS CLI", () => asCli(subject, ROOT.replace(/\/$/, ""))) },
        { name: "Python", hint: "boto3", act: copy("lines for boto3", () => asBoto3(subject, ROOT.replace(/\/$/, ""))) },
        { name: "Terraform", hint: "aws_sfn_state_machine", act: copy("a resource for Terraform", () => asTerraform(subject)) },
        null,
        { name: "Flowchart", hint: "Mermaid", act: copy("a Mermaid flowchart", () => rendered("mermaid")) },
      ]}><Icon name="copy" size={13} />Copy<Icon name="down" size={12} /></Menu>
      <Menu label="Export the graph" look="" items={[
        { name: "Picture", hint: "SVG", act: picture("svg") },
        { name: "Picture", hint: "PNG", act: picture("png") },
        { name: "Flowchart", hint: "Mermaid", act: picture("mermaid") },
      ]}><Icon name="graph" size={13} />Export<Icon name="down" size={12} /></Menu>
    </>
  );
}

function Yaml({ text }: { text: string }) {
  const yaml = useData(`yaml ${text}`, (signal) => ask<{ text: string }>("render", { definition: plain(text), format: "yaml" }, signal));
  if (yaml.failure && !yaml.data) return <p className="wrong break" style={{ padding: 16, flex: 1 }}>{yaml.failure.message}</p>;
  return <pre className="text yaml" tabIndex={0} aria-label="Definition as YAML">{yaml.data?.text ?? ""}</pre>;
}

function differences(before: string, after: string): ReadonlyMap<string, Mark> {
  const { added, changed } = compareStates(before, after);
  return new Map<string, Mark>([
    ...added.map((pointer): [string, Mark] => [pointer, { tone: "ok", icon: "plus", note: "New" }]),
    ...changed.map((pointer): [string, Mark] => [pointer, { tone: "warn", icon: "retry", note: "Changed" }]),
  ]);
}
