// A definition as picture and text, side by side; what is selected in one is shown in the other.

import { useMemo } from "react";
import { ask } from "../aws/client";
import { readDefinition, usedFunctions } from "../asl/definition";
import { spans, stateAt } from "../asl/pointers";
import { Code } from "../code/Code";
import type { Drawing } from "../graph/drawing";
import { Graph } from "../graph/Graph";
import { useData } from "../lib/data";
import { bytes, plural, size } from "../lib/format";
import { href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Empty } from "../ui/parts";

/** Pictures are remembered by the text they show. */
export function useDrawing(definition: string | undefined) {
  return useData(definition === undefined ? null : `graph ${definition}`, (signal) => ask<Drawing>("graph", { definition }, signal));
}

export function DefinitionView({ definition, selected, onSelect }: { definition: string; selected: string | null; onSelect: (pointer: string | null) => void }) {
  const drawing = useDrawing(definition);
  const places = useMemo(() => spans(definition), [definition]);
  const read = useMemo(() => readDefinition(definition), [definition]);
  const functions = useMemo(() => (read ? usedFunctions(read) : []), [read]);
  return (
    <section className="card definition" aria-label="Definition">
      <div className="card-head">
        <span className="soft">{read ? plural(read.states.size, "state") : ""} · {read?.queryLanguage} · {size(bytes(definition))}</span>
        {read?.comment && <span className="clip faint grow" title={read.comment}>{read.comment}</span>}
        {!read?.comment && <span className="grow" />}
        {functions.map((name) => <a key={name} className="badge" href={href(["functions", name])} title="A function that this machine calls"><Icon name="function" size={12} />{name}</a>)}
        <CopyButton text={definition} label="Copy the definition">Copy</CopyButton>
      </div>
      <div className="split">
        {drawing.data ? (
          <Graph drawing={drawing.data} selected={selected} onSelect={onSelect} label="Workflow graph. Arrow keys go from state to state, Enter selects." />
        ) : drawing.failure ? (
          <Empty icon="graph" title="No picture"><p>{drawing.failure.message}</p></Empty>
        ) : <Bones />}
        <div className="code-pane">
          <Code text={definition} label="Definition" readOnly plain highlight={(selected && places.get(selected)) || null} onCursor={(offset) => onSelect(stateAt(places, offset))} />
        </div>
      </div>
    </section>
  );
}
