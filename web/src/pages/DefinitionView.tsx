// The definition of a machine: picture and text side by side, to be looked at, changed, copied and compared.

import { lazy, Suspense, useMemo, useState } from "react";
import { compareStates } from "../asl/difference";
import { readDefinition, usedFunctions, usedMachines } from "../asl/definition";
import { all, ask, states } from "../aws/client";
import type { Machine, VersionEntry } from "../aws/types";
import type { Drawing, Mark } from "../graph/drawing";
import { useData } from "../lib/data";
import { bytes, plural, size } from "../lib/format";
import { href } from "../lib/route";
import { useDraft } from "../studio/draft";
import { ExportMenu } from "../studio/Export";
import { useDropInto } from "../studio/files";
import { useMarks, usePicture, useProblems } from "../studio/looking";
import { Workbench } from "../studio/Workbench";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Segments, toast, useAction } from "../ui/parts";

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

const FORMS = [{ id: "json", name: "JSON" }, { id: "yaml", name: "YAML" }, { id: "diff", name: "Changes" }] as const;

export function DefinitionView({ machine, selected, onSelect, onSaved }: Props) {
  const arn = machine.stateMachineArn;
  const desk = useDraft(arn, machine.definition);
  const { text } = desk.draft;
  const [folded, setFolded] = useState<readonly string[]>([]);
  const [form, setForm] = useState<(typeof FORMS)[number]["id"]>("json");
  const [chosen, setAgainst] = useState<string | null>(null);
  const picture = usePicture(text, folded);
  const { problems } = useProblems(text, machine.type);
  const worries = useMarks(problems);
  const versions = useData(`versions ${arn}`, (signal) => all<VersionEntry>("ListStateMachineVersions", "stateMachineVersions", { stateMachineArn: arn }, signal));
  const bases = [...(desk.dirty ? [{ id: "saved", name: "What is saved" }] : []), ...(versions.data ?? []).map(({ stateMachineVersionArn: id }) => ({ id, name: `Version ${id.split(":").pop()}` }))];
  const against = form === "diff" ? (bases.find(({ id }) => id === chosen) ?? bases[0])?.id : undefined;
  const other = useData(against && against !== "saved" ? `definition ${against}` : null, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: against }, signal));
  const before = against === "saved" ? desk.draft.saved : against ? other.data?.definition : undefined;
  const marks = useMemo(() => (before === undefined ? worries : differences(before, text)), [before, text, worries]);
  const fold = (pointer: string) => setFolded((old) => (old.includes(pointer) ? old.filter((each) => each !== pointer) : [...old, pointer]));
  const drop = useDropInto(desk.write);
  const errors = problems.some(({ severity }) => severity === "error");
  const [save, busy] = useAction(async () => {
    await states("UpdateStateMachine", { stateMachineArn: arn, definition: text });
    toast(`Saved ${machine.name}`);
    onSaved();
  });
  const instead = form === "diff" ? (
    <>
      <div className="compare-bar">
        <label className="row soft">Compared with
          <select className="input small" value={against ?? ""} disabled={!bases.length} onChange={(event) => setAgainst(event.target.value)}>
            {bases.length ? bases.map(({ id, name }) => <option key={id} value={id}>{name}</option>) : <option value="">Nothing yet</option>}
          </select>
        </label>
      </div>
      {!bases.length ? <Empty icon="copy" title="Nothing to compare with"><p>Change the definition, or publish a version, and the difference is shown here.</p></Empty> : before === undefined ? <Bones /> : <Suspense fallback={<Bones />}><Difference before={before} after={text} onSelect={onSelect} /></Suspense>}
    </>
  ) : form === "yaml" ? <Yaml text={text} /> : undefined;
  return (
    <section className="card definition drop-here" aria-label="Definition" {...drop.props}>
      <div className="card-head">
        <Facts text={text} brief={desk.dirty} />
        {desk.dirty && (
          <>
            <span className="status tone-warn"><Icon name="info" size={13} />{desk.draft.moved ? "Not saved, and changed elsewhere" : "Not saved"}</span>
            <button type="button" className="btn small" onClick={desk.discard}>Discard</button>
            <button type="button" className="btn small primary" disabled={busy || errors} onClick={save}>Save</button>
          </>
        )}
        <Segments options={FORMS} value={form} onChange={setForm} label="Form of the text" />
        <ExportMenu text={text} machine={machine} />
        <a className={`btn small ${desk.dirty ? "" : "primary"}`} href={href(["machines", arn, "edit"], { state: selected })}><Icon name="edit" size={13} />Edit in the studio</a>
      </div>
      <Workbench {...{ text, picture, problems, marks, selected, onSelect }} onFold={fold} onChange={(changed) => desk.write(changed, "code")} instead={instead} />
      {drop.sign}
    </section>
  );
}

function Facts({ text, brief }: { text: string; brief: boolean }) {
  const read = useMemo(() => readDefinition(text), [text]);
  const functions = useMemo(() => (read ? usedFunctions(read) : []), [read]);
  const machines = useMemo(() => (read ? usedMachines(read) : []), [read]);
  return (
    <>
      <span className="soft clip">{read ? `${plural(read.states.size, "state")} · ${read.queryLanguage} · ` : ""}{size(bytes(text))}</span>
      <span className="clip faint grow" title={read?.comment}>{read?.comment}</span>
      {!brief && functions.slice(0, 3).map((name) => <a key={name} className="badge" href={href(["functions", name])} title="A function that this machine calls"><Icon name="function" size={12} />{name}</a>)}
      {!brief && machines.slice(0, 2).map((arn) => <a key={arn} className="badge" href={href(["machines", arn.split(":").slice(0, 7).join(":")])} title="A state machine that this one starts"><Icon name="machines" size={12} />{arn.split(":")[6]}</a>)}
      {!brief && functions.length > 3 && <span className="badge" title={functions.slice(3).join(", ")}>+{functions.length - 3}</span>}
    </>
  );
}

function Yaml({ text }: { text: string }) {
  const yaml = useData(`yaml ${text}`, (signal) => ask<{ text: string }>("render", { definition: text, format: "yaml" }, signal));
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
