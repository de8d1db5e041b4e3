import { useMemo, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { all, ask } from "../aws/client";
import type { MachineEntry, Runs } from "../aws/types";
import { useData, useThrottled } from "../lib/data";
import { plural } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Empty, Filter, Time, Trouble } from "../ui/parts";
import { RunStrip, StatusCounts } from "../ui/Status";
import { CreateMachine } from "./CreateMachine";
import { StartExecution } from "./Start";
import { useEffect } from "react";

const PAGE = 50;

export function MachinesPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "State machines" }]);
  const where = useStore(place);
  const scope = `${where.account}/${where.region}`;
  const machines = useData(`machines ${scope}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
  const [shown, setShown] = useState(PAGE);
  const text = query.get("q") ?? "";

  const found = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return (machines.data ?? []).filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))).sort((a, b) => b.creationDate - a.creationDate);
  }, [machines.data, text]);
  const visible = found.slice(0, shown);
  const arns = visible.filter(({ type }) => type !== "EXPRESS").map(({ stateMachineArn }) => stateMachineArn);
  const runs = useData(arns.length ? `runs ${arns.join()}` : null, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: arns, recent: 20 }, signal));
  const refresh = useThrottled(runs.reload, 700);
  useEffect(() => onLive("runs", (news) => {
    if (news.machines.some((arn) => arns.includes(arn))) refresh();
    else if (machines.data && news.machines.some((arn) => !machines.data!.some((each) => each.stateMachineArn === arn))) machines.reload();
  }));

  const starting = query.get("start");
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <h1>State machines</h1>
          <p className="soft">{machines.data ? `${plural(machines.data.length, "machine")} in ${where.region}` : "\u00a0"}</p>
        </div>
        <div className="actions">
          {Boolean(machines.data?.length) && <Filter value={text} onChange={(q) => setQuery({ q })} label="Find by name" />}
          <button type="button" className="btn primary" onClick={() => setQuery({ create: 1 })}><Icon name="plus" />Create</button>
        </div>
      </div>
      <div className="card scroll">
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
              <tr><th>Name</th><th>Type</th><th>Recent executions</th><th>Executions</th><th>Last run</th><th>Created</th><th><span className="sr">Actions</span></th></tr>
            </thead>
            <tbody>
              {visible.map(({ stateMachineArn: arn, name, type, creationDate }) => {
                const own = runs.data?.machines[arn];
                return (
                  <tr key={arn} className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a, button") && go(href(["machines", arn]))}>
                    <td className="name"><a href={href(["machines", arn])}>{name}</a></td>
                    <td className="tight"><span className="badge">{type === "EXPRESS" ? "Express" : "Standard"}</span></td>
                    <td className="tight">{type === "EXPRESS" ? <span className="faint">In the log</span> : own ? <RunStrip runs={own.recent} /> : <div className="bone" style={{ width: 158, height: 22 }} />}</td>
                    <td className="tight">{type === "EXPRESS" ? <span className="faint">—</span> : own ? <StatusCounts counts={own.counts} /> : null}</td>
                    <td className="tight soft">{own?.recent[0] ? <Time at={own.recent[0].startDate} relative /> : <span className="faint">—</span>}</td>
                    <td className="tight soft"><Time at={creationDate} relative /></td>
                    <td className="tight end"><button type="button" className="btn small" onClick={() => setQuery({ start: arn })}><Icon name="play" size={12} />Start</button></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </div>
      {found.length > shown && <button type="button" className="btn" style={{ alignSelf: "center" }} onClick={() => setShown(shown + PAGE)}>Show {Math.min(PAGE, found.length - shown)} more of {found.length}</button>}
      {query.get("create") && <CreateMachine onClose={() => setQuery({ create: null })} />}
      {starting && <StartExecution machineArn={starting} kind={machines.data?.find((each) => each.stateMachineArn === starting)?.type ?? "STANDARD"} onClose={() => setQuery({ start: null })} />}
    </div>
  );
}

function NoMachines() {
  const endpoint = location.origin;
  const line = `aws stepfunctions create-state-machine \\\n  --endpoint-url ${endpoint} --name hello \\\n  --role-arn arn:aws:iam::000000000000:role/any \\\n  --definition file://hello.asl.json`;
  return (
    <Empty icon="machines" title="No state machines yet">
      <p>Create one here, deploy with Terraform, or use the AWS CLI and any SDK against this server's address.</p>
      <button type="button" className="btn primary" onClick={() => setQuery({ create: 1 })}><Icon name="plus" />Create state machine</button>
      <div className="row" style={{ maxWidth: "100%" }}><pre tabIndex={0}>{line}</pre><CopyButton text={line} label="Copy the command" /></div>
    </Empty>
  );
}
