// All state machines: what they are, how they fared lately, and what one does with them.

import { useEffect, useMemo, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { ask } from "../aws/client";
import type { MachineEntry, Runs } from "../aws/types";
import { useData, useThrottled } from "../lib/data";
import { count, plural } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Bones, Empty, Filter, Time, Trouble } from "../ui/parts";
import { RunStrip, StatusCounts } from "../ui/Status";
import { CreateMachine } from "./CreateMachine";
import { DeleteMachine } from "./DeleteMachine";
import { NoMachines, useMachines } from "./machines-data";
import { StartExecution } from "./Start";

const PAGE = 50;
const SORTS = {
  name: (one: MachineEntry, other: MachineEntry) => one.name.localeCompare(other.name, "en", { numeric: true }),
  type: (one: MachineEntry, other: MachineEntry) => other.type.localeCompare(one.type),
  created: (one: MachineEntry, other: MachineEntry) => one.creationDate - other.creationDate,
};
type Sort = keyof typeof SORTS;

export function MachinesPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "State machines" }]);
  const where = useStore(place);
  const machines = useMachines();
  const text = query.get("q") ?? "";
  const [sort = "created", way = "down"] = (query.get("sort")?.split(".") ?? []) as [Sort?, string?];
  const found = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = (machines.data ?? []).filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
    const sorted = fitting.sort(SORTS[sort] ?? SORTS.created);
    return way === "down" ? sorted.reverse() : sorted;
  }, [machines.data, text, sort, way]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const number = Math.min(pages, Math.max(1, Number(query.get("page")) || 1));
  const visible = found.slice((number - 1) * PAGE, number * PAGE);
  const runs = useRuns(visible, machines);
  const [deleting, setDeleting] = useState<readonly string[] | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // Who searches for something else does not mean what is no longer shown.
  const chosen = found.map(({ stateMachineArn }) => stateMachineArn).filter((arn) => selected.has(arn));
  const every = visible.length > 0 && visible.every(({ stateMachineArn }) => selected.has(stateMachineArn));
  const some = !every && visible.some(({ stateMachineArn }) => selected.has(stateMachineArn));
  const toggle = (arn: string) => {
    const next = new Set(selected);
    if (!next.delete(arn)) next.add(arn);
    setSelected(next);
  };
  const starting = query.get("start");
  const create = query.get("create");
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <h1>State machines</h1>
          <p className="soft">{machines.data ? `${plural(machines.data.length, "machine")} in ${where.region}` : "\u00a0"}</p>
        </div>
        <div className="actions">
          {Boolean(machines.data?.length) && <Filter value={text} onChange={(q) => setQuery({ q, page: null })} label="Find by name" />}
          <button type="button" className="btn primary" onClick={() => setQuery({ create: 1 })}><Icon name="plus" />Create</button>
        </div>
      </div>
      <div className="card scroll">
        {chosen.length > 0 && (
          <div className="selection" role="status">
            <strong className="num">{count(chosen.length)} selected</strong>
            <button type="button" className="btn small danger" onClick={() => setDeleting(chosen)}><Icon name="trash" size={13} />Delete</button>
            {every && chosen.length < found.length && <button type="button" className="btn small quiet" onClick={() => setSelected(new Set(found.map(({ stateMachineArn }) => stateMachineArn)))}>Select all {count(found.length)}{text && " that match"}</button>}
            <span className="grow" />
            <button type="button" className="btn small quiet" onClick={() => setSelected(new Set())}>Clear</button>
          </div>
        )}
        {machines.failure && !machines.data ? (
          <Trouble failure={machines.failure} what="list" onRetry={machines.reload} />
        ) : !machines.data ? (
          <Bones rows={6} height={28} />
        ) : !machines.data.length ? (
          <NoMachines />
        ) : !found.length ? (
          <Empty icon="search" title="No state machine has this name">
            <button type="button" className="btn" onClick={() => setQuery({ q: null })}>Clear the search</button>
          </Empty>
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th className="pick"><input type="checkbox" aria-label="Select all that are shown" checked={every} ref={(box) => void (box && (box.indeterminate = some))} onChange={() => setSelected(every ? new Set() : new Set(visible.map(({ stateMachineArn }) => stateMachineArn)))} /></th>
                <SortHead id="name" name="Name" sort={sort} way={way} /><SortHead id="type" name="Type" sort={sort} way={way} />
                <th>Recent executions</th><th>Executions</th><th className="roomy">Last run</th><SortHead id="created" name="Created" sort={sort} way={way} className="roomy" /><th><span className="sr">Actions</span></th>
              </tr>
            </thead>
            <tbody>
              {visible.map((machine) => <Row key={machine.stateMachineArn} machine={machine} own={runs?.[machine.stateMachineArn]} selected={selected.has(machine.stateMachineArn)} onSelect={toggle} onDelete={(arn) => setDeleting([arn])} />)}
            </tbody>
          </table>
        )}
      </div>
      {pages > 1 && (
        <nav className="pager" aria-label="Pages">
          <button type="button" className="btn small" disabled={number === 1} onClick={() => setQuery({ page: number - 1 })}>Earlier page</button>
          <span className="num soft" role="status">{(number - 1) * PAGE + 1}–{Math.min(number * PAGE, found.length)} of {found.length}</span>
          <button type="button" className="btn small" disabled={number === pages} onClick={() => setQuery({ page: number + 1 })}>Next page</button>
        </nav>
      )}
      {create && <CreateMachine copy={create.startsWith("arn:") ? create : undefined} example={query.get("example") ?? undefined} taken={(machines.data ?? []).map(({ name }) => name)} onClose={() => setQuery({ create: null, example: null })} />}
      {starting && <StartExecution machineArn={starting} kind={machines.data?.find((each) => each.stateMachineArn === starting)?.type ?? "STANDARD"} onClose={() => setQuery({ start: null })} />}
      {deleting && <DeleteMachine arns={deleting} onClose={() => setDeleting(null)} onDone={() => { setSelected(new Set()); machines.reload(); }} />}
    </div>
  );
}

/** Counts and latest runs of the machines that are shown; whatever runs is heard of. */
function useRuns(visible: readonly MachineEntry[], machines: { data: MachineEntry[] | undefined; reload: () => void }): Record<string, Runs> | undefined {
  const arns = visible.filter(({ type }) => type !== "EXPRESS").map(({ stateMachineArn }) => stateMachineArn);
  const runs = useData(arns.length ? `runs ${arns.join()}` : null, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: arns, recent: 20 }, signal));
  const refresh = useThrottled(runs.reload, 700);
  const again = useThrottled(machines.reload, 700);
  useEffect(() => onLive("runs", (news) => {
    if (news.machines.some((arn) => arns.includes(arn))) refresh();
    else if (machines.data && news.machines.some((arn) => !machines.data!.some((each) => each.stateMachineArn === arn))) again();
  }));
  // Somebody created or deleted one.
  useEffect(() => onLive("audit", again), [again]);
  return runs.data?.machines;
}

function SortHead({ id, name, sort, way, className = "" }: { id: Sort; name: string; sort: string; way: string; className?: string }) {
  const mine = sort === id;
  const next = mine && way === "up" ? "down" : mine ? "up" : id === "created" ? "down" : "up";
  return (
    <th className={`sortable ${className}`} aria-sort={mine ? (way === "up" ? "ascending" : "descending") : undefined}>
      <button type="button" className="sort" onClick={() => setQuery({ sort: `${id}.${next}`, page: null })}>{name}<Icon name="down" size={11} /></button>
    </th>
  );
}

function Row({ machine: { stateMachineArn: arn, name, type, creationDate }, own, selected, onSelect, onDelete }: { machine: MachineEntry; own: Runs | undefined; selected: boolean; onSelect: (arn: string) => void; onDelete: (arn: string) => void }) {
  const express = type === "EXPRESS";
  return (
    <tr className="link-row" aria-selected={selected} onClick={(event) => !(event.target as HTMLElement).closest("a, button, input, .pick") && go(href(["machines", arn]))}>
      <td className="pick"><input type="checkbox" aria-label={`Select ${name}`} checked={selected} onChange={() => onSelect(arn)} /></td>
      <td className="name"><a href={href(["machines", arn])}>{name}</a></td>
      <td className="tight"><span className="badge">{express ? "Express" : "Standard"}</span></td>
      <td className="tight">{express ? <span className="faint">In the log</span> : own ? <RunStrip runs={own.recent} machine={arn} /> : <div className="bone" style={{ width: 158, height: 22 }} />}</td>
      <td className="tight">{express ? <span className="faint">—</span> : own ? <StatusCounts counts={own.counts} /> : null}</td>
      <td className="tight soft roomy">{own?.recent[0] ? <Time at={own.recent[0].startDate} relative /> : <span className="faint">—</span>}</td>
      <td className="tight soft roomy"><Time at={creationDate} relative /></td>
      <td className="tight end">
        <div className="row" style={{ justifyContent: "flex-end", gap: 4 }}>
          <button type="button" className="btn small" onClick={() => setQuery({ start: arn })} aria-label={`Start ${name}`}><Icon name="play" size={12} />Start</button>
          <Menu
            label={`More actions for ${name}`}
            items={[
              { name: "Edit definition", icon: "edit", act: () => go(href(["machines", arn], { tab: "definition" })) },
              { name: "Copy to new", icon: "copy", act: () => setQuery({ create: arn }) },
              { name: "Delete", icon: "trash", danger: true, act: () => onDelete(arn) },
            ]}
          />
        </div>
      </td>
    </tr>
  );
}
