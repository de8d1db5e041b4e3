import { useEffect, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { all, ask, states } from "../aws/client";
import type { Machine, Runs, Tag } from "../aws/types";
import { useData, useThrottled } from "../lib/data";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Dialog, Empty, Tabs, Time, toast, Trouble, useAction } from "../ui/parts";
import { RunStrip, StatusCounts } from "../ui/Status";
import { DefinitionView } from "./DefinitionView";
import { Executions } from "./Executions";
import { StartExecution } from "./Start";
import { Versions } from "./Versions";

const TABS = [
  { id: "executions", name: "Executions" },
  { id: "definition", name: "Definition" },
  { id: "versions", name: "Versions and aliases" },
  { id: "details", name: "Details" },
] as const;
type Tab = (typeof TABS)[number]["id"];

export function MachinePage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const name = arn.split(":")[6] ?? arn;
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name }]);
  const machine = useData(`machine ${arn}`, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: arn }, signal));
  const standard = machine.data?.type === "STANDARD";
  const runs = useData(standard ? `runs ${arn}` : null, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: [arn], recent: 20 }, signal));
  const refresh = useThrottled(runs.reload, 700);
  useEffect(() => onLive("runs", (news) => void (news.machines.includes(arn) && refresh())));
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
        {own && <div className="row" style={{ gap: 18, alignSelf: "center" }}><StatusCounts counts={own.counts} /><RunStrip runs={own.recent} /></div>}
        <div className="actions">
          <button type="button" className="btn quiet danger" onClick={() => setDeleting(true)} disabled={machine.data?.status !== "ACTIVE"}><Icon name="trash" size={14} />Delete</button>
          <button type="button" className="btn primary" onClick={() => setQuery({ start: 1 })} disabled={machine.data?.status !== "ACTIVE"}><Icon name="play" size={13} />Start execution</button>
        </div>
      </div>
      <Tabs tabs={TABS} value={tab} onChange={(id) => setQuery({ tab: id, state: null, status: null })} label="Parts of the state machine" />
      {!machine.data ? (
        <div className="card"><Bones /></div>
      ) : tab === "definition" ? (
        <DefinitionView definition={machine.data.definition} selected={query.get("state")} onSelect={(state) => setQuery({ state })} />
      ) : tab === "versions" ? (
        <Versions arn={arn} kind={machine.data.type} />
      ) : tab === "details" ? (
        <Details machine={machine.data} />
      ) : standard ? (
        <Executions whose={{ stateMachineArn: arn }} machines={[arn]} status={query.get("status") ?? ""} empty={
          <Empty icon="play" title="Not run yet">
            <p>Start the first execution here, or with StartExecution through any AWS client.</p>
            <button type="button" className="btn primary" onClick={() => setQuery({ start: 1 })}><Icon name="play" size={13} />Start execution</button>
          </Empty>
        } />
      ) : (
        <div className="card"><Empty icon="list" title="Express executions are not kept">
          <p>As in AWS, what an Express state machine did stands in its log group, if one is configured. Run it from here to see the result in place.</p>
          <button type="button" className="btn primary" onClick={() => setQuery({ start: 1 })}><Icon name="play" size={13} />Run</button>
        </Empty></div>
      )}
      {start && machine.data && <StartExecution machineArn={start.startsWith("arn:") ? start : arn} kind={machine.data.type} like={query.get("like") ?? undefined} onClose={() => setQuery({ start: null, like: null })} />}
      {deleting && <DeleteMachine arn={arn} name={name} onClose={() => setDeleting(false)} />}
    </div>
  );
}

function Details({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const tags = useData(`tags ${arn}`, (signal) => states<{ tags: Tag[] }>("ListTagsForResource", { resourceArn: arn }, signal));
  const logging = machine.loggingConfiguration;
  return (
    <>
      <section className="card" aria-label="Configuration">
        <dl className="pairs">
          <div><dt>Created</dt><dd><Time at={machine.creationDate} /></dd></div>
          <div><dt>Status</dt><dd>{machine.status === "ACTIVE" ? "Active" : "Deleting"}</dd></div>
          <div><dt>Logging</dt><dd>{logging?.level && logging.level !== "OFF" ? `${logging.level}${logging.includeExecutionData ? ", with data" : ""}` : "Off"}</dd></div>
          <div><dt>Tracing</dt><dd>{machine.tracingConfiguration?.enabled ? "On" : "Off"}</dd></div>
          <div className="wide"><dt>Role</dt><dd className="break"><code>{machine.roleArn}</code></dd></div>
          {machine.revisionId && <div className="wide"><dt>Revision</dt><dd className="break"><code>{machine.revisionId}</code></dd></div>}
          {logging?.destinations?.[0]?.cloudWatchLogsLogGroup && <div className="wide"><dt>Log group</dt><dd className="break"><code>{logging.destinations[0].cloudWatchLogsLogGroup.logGroupArn}</code></dd></div>}
        </dl>
      </section>
      <section className="card" aria-labelledby="tags-title">
        <div className="card-head"><h2 id="tags-title">Tags</h2></div>
        {!tags.data ? <Bones rows={2} /> : tags.data.tags.length === 0 ? <p className="faint" style={{ padding: 16 }}>No tags.</p> : (
          <table className="table">
            <thead><tr><th>Key</th><th>Value</th></tr></thead>
            <tbody>{tags.data.tags.map(({ key, value }) => <tr key={key}><td>{key}</td><td className="break">{value}</td></tr>)}</tbody>
          </table>
        )}
      </section>
    </>
  );
}

function DeleteMachine({ arn, name, onClose }: { arn: string; name: string; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const running = useData(`running ${arn}`, (signal) => all("ListExecutions", "executions", { stateMachineArn: arn, statusFilter: "RUNNING" }, signal));
  const [remove, busy] = useAction(async () => {
    await states("DeleteStateMachine", { stateMachineArn: arn });
    toast(`Deleted ${name}`);
    onClose();
    go(href(["machines"]));
  });
  return (
    <Dialog
      narrow
      title={`Delete ${name}?`}
      onClose={onClose}
      foot={<><span className="grow" /><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn danger primary" disabled={typed !== name || busy} onClick={remove}>Delete</button></>}
    >
      <p>The state machine, its versions and aliases are removed.{running.data?.length ? ` ${running.data.length} running executions are stopped.` : ""} This cannot be undone.</p>
      <div className="field">
        <label htmlFor="confirm">Type <strong>{name}</strong> to confirm</label>
        <input id="confirm" className="input" data-autofocus value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
      </div>
    </Dialog>
  );
}
