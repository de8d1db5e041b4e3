// One state machine: its executions, figures, definition, versions, and what it uses.

import { useEffect, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { ask, states } from "../aws/client";
import type { Machine, Runs } from "../aws/types";
import { useData, useThrottled } from "../lib/data";
import { Graph } from "../graph/Graph";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { usePicture } from "../studio/looking";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Bones, CopyButton, copyText, Empty, Tabs, Trouble } from "../ui/parts";
import { RunStrip, StatusCounts } from "../ui/Status";
import { Cost } from "./Cost";
import { DefinitionView } from "./DefinitionView";
import { DeleteMachine } from "./DeleteMachine";
import { Executions } from "./Executions";
import { ExpressRuns } from "./Express";
import { Details } from "./MachineDetails";
import { Figures } from "./MachineFigures";
import { StartExecution } from "./Start";
import { Versions } from "./Versions";

const TABS = [
  { id: "executions", name: "Executions" },
  { id: "definition", name: "Definition" },
  { id: "figures", name: "Figures" },
  { id: "cost", name: "Cost" },
  { id: "versions", name: "Versions and aliases" },
  { id: "details", name: "Details" },
] as const;
type Tab = (typeof TABS)[number]["id"];

/** Before the first execution: what would run, and how to run it. */
function NotRun({ definition, arn }: { definition: string; arn: string }) {
  const picture = usePicture(definition, NONE);
  return (
    <div className="not-run">
      <Empty icon="play" title="Not run yet">
        <p>Start the first execution here, or with StartExecution through any AWS client.</p>
        <div className="row wrap" style={{ justifyContent: "center" }}>
          <a className="btn" href={href(["machines", arn, "edit"])}><Icon name="graph" size={14} />Design</a>
          <button type="button" className="btn primary" onClick={() => setQuery({ start: 1 })}><Icon name="play" size={13} />Start execution</button>
        </div>
      </Empty>
      {picture.drawing && <div className="not-run-graph"><Graph drawing={picture.drawing} selected={null} onSelect={(state) => state && go(href(["machines", arn], { tab: "definition", state }))} label="Picture of the definition" /></div>}
    </div>
  );
}

const NONE: readonly string[] = [];

export function MachinePage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const name = arn.split(":")[6] ?? arn;
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name }]);
  const machine = useData(`machine ${arn}`, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: arn }, signal));
  const standard = machine.data?.type === "STANDARD";
  const runs = useData(standard ? `runs ${arn}` : null, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: [arn], recent: 20 }, signal));
  const refresh = useThrottled(runs.reload, 700);
  useEffect(() => onLive("runs", (news) => void (news.machines.includes(arn) && refresh())));
  // Somebody changed or deleted it.
  const again = useThrottled(machine.reload, 1500);
  useEffect(() => onLive("audit", again), [again]);
  const [deleting, setDeleting] = useState(false);
  const tab = (TABS.find(({ id }) => id === query.get("tab"))?.id ?? (machine.data?.type === "EXPRESS" ? "definition" : "executions")) as Tab;
  const own = runs.data?.machines[arn];
  const start = query.get("start");

  if (machine.failure && !machine.data) {
    return <div className="page"><div className="card"><Trouble failure={machine.failure} what="state machine" onRetry={machine.reload} /></div></div>;
  }
  return (
    <div className={`page ${tab === "definition" ? "fill" : ""}`}>
      <div className="page-head">
        <div className="titles">
          <div className="row wrap">
            <h1 className="break">{name}</h1>
            {machine.data && <span className="badge">{machine.data.type === "EXPRESS" ? "Express" : "Standard"}</span>}
            {machine.data?.status === "DELETING" && <span className="status tone-warn"><Icon name="trash" size={13} />Deleting</span>}
          </div>
          <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
        </div>
        {own && <div className="row" style={{ gap: 18, alignSelf: "center" }}><StatusCounts counts={own.counts} /><RunStrip runs={own.recent} machine={arn} /></div>}
        <div className="actions">
          <Menu
            label="More actions"
            small={false}
            items={[
              { name: "Copy to new", icon: "copy", act: () => go(href(["machines"], { create: arn })) },
              { name: "Copy the ARN", icon: "copy", act: () => void copyText(arn) },
              { name: "Who changed it", icon: "audit", act: () => go(href(["audit"], { q: arn, kind: "write" })) },
              { name: "Delete", icon: "trash", danger: true, disabled: machine.data?.status !== "ACTIVE", act: () => setDeleting(true) },
            ]}
          />
          <button type="button" className="btn primary" onClick={() => setQuery({ start: 1 })} disabled={machine.data?.status !== "ACTIVE"}><Icon name="play" size={13} />Start execution</button>
        </div>
      </div>
      <Tabs tabs={TABS} value={tab} onChange={(id) => go(href(["machines", arn], { tab: id }), true)} label="Parts of the state machine" />
      {!machine.data ? (
        <div className="card"><Bones /></div>
      ) : tab === "definition" ? (
        <DefinitionView machine={machine.data} onSaved={machine.reload} selected={query.get("state")} onSelect={(state) => setQuery({ state })} />
      ) : tab === "cost" ? (
        <div className="card"><Cost definition={machine.data.definition} executions={(own?.recent ?? []).filter(({ status }) => status !== "RUNNING").map(({ executionArn }) => executionArn)} choice /></div>
      ) : tab === "versions" ? (
        <Versions arn={arn} />
      ) : tab === "figures" ? (
        <Figures arn={arn} express={!standard} query={query} />
      ) : tab === "details" ? (
        <Details machine={machine.data} />
      ) : standard ? (
        <Executions whose={{ stateMachineArn: arn }} machines={[arn]} empty={
          <NotRun definition={machine.data.definition} arn={arn} />
        } />
      ) : (
        <ExpressRuns machine={arn} />
      )}
      {start && machine.data && <StartExecution machineArn={start.startsWith("arn:") ? start : arn} kind={machine.data.type} like={query.get("like") ?? undefined} onClose={() => setQuery({ start: null, like: null })} />}
      {deleting && <DeleteMachine arns={[arn]} onClose={() => setDeleting(false)} onDone={() => go(href(["machines"]))} />}
    </div>
  );
}
