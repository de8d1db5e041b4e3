// The top of an execution: what it is, how it went, where it came from, and what can be done with it.

import { useEffect, useState } from "react";
import { ask, states } from "../aws/client";
import { originOf, type Family } from "../aws/looking";
import type { Execution, HistoryEvent, MapRun } from "../aws/types";
import type { Story } from "../history/fold";
import { bundle, save } from "../history/exports";
import { machineArn } from "../lib/arn";
import { useData, useNow, useThrottled } from "../lib/data";
import { count, duration } from "../lib/format";
import { readJson } from "../lib/json";
import { onLive } from "../lib/live";
import { go, href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { CopyButton, Dialog, Time, toast, useAction } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";

export function Head({ arn, execution, definition, offline }: { arn: string; execution: Execution | undefined; definition: string | undefined; offline: boolean }) {
  const [stopping, setStopping] = useState(false);
  const name = execution?.name ?? arn.split(":")[7] ?? arn;
  const [redrive, busy] = useAction(async () => {
    await states("RedriveExecution", { executionArn: arn });
    toast("Redriven: the execution goes on where it ended");
  });
  const [exportIt] = useAction(async () => {
    const { events } = await ask<{ events: HistoryEvent[] }>(`history?execution=${encodeURIComponent(arn)}`);
    save(`${name}.json`, JSON.stringify(bundle(execution!, definition, events), null, 1));
  });
  return (
    <div className="page-head">
      <div className="titles">
        <div className="row wrap">
          <h1 className="break">{name}</h1>
          {execution && <StatusBadge status={execution.status} />}
          {offline && <span className="badge">Imported, offline</span>}
        </div>
        <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
      </div>
      {!offline && (
        <div className="actions">
          {execution?.status === "RUNNING" && arn.split(":")[5] !== "express" && <button type="button" className="btn danger" onClick={() => setStopping(true)}><Icon name="stop" size={13} />Stop</button>}
          {execution?.redriveStatus === "REDRIVABLE" && <button type="button" className="btn" onClick={redrive} disabled={busy}><Icon name="redo" size={14} />Redrive</button>}
          <a className="btn" href={href(["logs"], { execution: arn })}><Icon name="log" size={14} />Logs</a>
          <a className="btn primary" href={href(["machines", machineArn(arn)], { start: 1, like: arn })}><Icon name="play" size={13} />New execution like this</a>
          {execution && <Menu small={false} label="More actions" items={[
            { name: "Compare with another", icon: "branch", act: () => go(href(["compare"], { left: arn })) },
            { name: "Export as JSON", icon: "copy", act: exportIt },
            { name: "Import and view a history", icon: "plus", act: () => go(href(["import"])) },
          ]} />}
        </div>
      )}
      {stopping && <Stop arn={arn} onClose={() => setStopping(false)} />}
    </div>
  );
}

function Stop({ arn, onClose }: { arn: string; onClose: () => void }) {
  const [error, setError] = useState("");
  const [cause, setCause] = useState("");
  const [stop, busy] = useAction(async () => {
    await states("StopExecution", { executionArn: arn, ...(error && { error }), ...(cause && { cause }) });
    onClose();
  });
  return (
    <Dialog narrow title="Stop this execution?" onClose={onClose} foot={<><span className="grow" /><button type="button" className="btn" onClick={onClose}>Keep it running</button><button type="button" className="btn danger primary" onClick={stop} disabled={busy}><Icon name="stop" size={13} />Stop</button></>}>
      <p className="soft">It ends as aborted, with everything that runs inside it. Error and cause are optional.</p>
      <div className="field"><label htmlFor="stop-error">Error</label><input id="stop-error" className="input" value={error} onChange={(event) => setError(event.target.value)} /></div>
      <div className="field"><label htmlFor="stop-cause">Cause</label><input id="stop-cause" className="input" value={cause} onChange={(event) => setCause(event.target.value)} /></div>
    </Dialog>
  );
}

export function Summary({ execution, story, events, offline }: { execution: Execution; story: Story; events: number; offline: boolean }) {
  const now = useNow(execution.status === "RUNNING");
  const arn = execution.executionArn;
  const express = arn.split(":")[5] === "express";
  const family = useData(offline || express ? null : `origin ${arn}`, (signal) => originOf(arn, signal));
  const refresh = useThrottled(family.reload, 1000);
  // Others may come out of it while it is looked at.
  useEffect(() => onLive("runs", (news) => void (news.machines.includes(machineArn(arn)) && refresh())), [arn, refresh]);
  const { restart: origin, like, later = [] } = family.data ?? {};
  const mapRun = useData(offline || !execution.mapRunArn ? null : `mapRun ${execution.mapRunArn}`, (signal) => states<MapRun>("DescribeMapRun", { mapRunArn: execution.mapRunArn }, signal)).data;
  const retries = story.steps.reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);
  const parent = startedBy(execution.input) ?? mapRun?.executionArn;
  return (
    <section aria-label="Summary">
      <dl className="summary line">
        <div><dt>Duration</dt><dd className="num"><strong>{duration((execution.stopDate ?? now) - execution.startDate)}</strong></dd></div>
        <div><dt>Started</dt><dd><Time at={execution.startDate} /></dd></div>
        <div><dt>Ended</dt><dd>{execution.stopDate ? <Time at={execution.stopDate} /> : "—"}</dd></div>
        <div><dt>Steps</dt><dd className="num">{events ? count(story.steps.length) : "…"}</dd></div>
        <div><dt>Retries</dt><dd className="num">{events ? retries : "…"}</dd></div>
        <div><dt>Events</dt><dd className="num">{events ? count(events) : "…"}</dd></div>
        {Boolean(execution.redriveCount) && <div><dt>Redriven</dt><dd className="num">{execution.redriveCount} ×{execution.redriveDate ? <>, <Time at={execution.redriveDate} relative /></> : ""}</dd></div>}
        {execution.stateMachineVersionArn && <div><dt>Version</dt><dd>{execution.stateMachineVersionArn.split(":").pop()}</dd></div>}
        {execution.stateMachineAliasArn && <div><dt>Alias</dt><dd>{execution.stateMachineAliasArn.split(":").pop()}</dd></div>}
        {origin && <div><dt>Restarted</dt><dd>from {origin.state} of <a href={href(["executions", origin.execution], { step: origin.event })}>{origin.execution.split(":").pop()}</a></dd></div>}
        {like && <div><dt>Started like</dt><dd><a href={href(["executions", like])}>{like.split(":").pop()}</a></dd></div>}
        <Later name="Restarted as" runs={later.filter(({ how }) => how === "restart")} />
        <Later name="New from this" runs={later.filter(({ how }) => how === "like")} />
        {parent && <div><dt>Started by</dt><dd><a href={href(["executions", parent])}>{parent.split(":").pop()}</a></dd></div>}
        {execution.mapRunArn && <div><dt>Map run</dt><dd><a href={href(["mapruns", execution.mapRunArn])}>Open</a></dd></div>}
        {execution.redriveStatus === "NOT_REDRIVABLE" && execution.status !== "RUNNING" && execution.status !== "SUCCEEDED" && <div><dt>Redrive</dt><dd>{execution.redriveStatusReason}</dd></div>}
      </dl>
    </section>
  );
}

const MOST_LATER = 3;

/** Executions that came out of this one, the newest first. */
function Later({ name, runs }: { name: string; runs: Family["later"] }) {
  const [all, setAll] = useState(false);
  if (!runs.length) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd className="row wrap" style={{ gap: "2px 10px" }}>
        {(all ? runs : runs.slice(0, MOST_LATER)).map((run) => {
          const { tone, icon, word } = look(run.status);
          return <span key={run.executionArn} className="row" style={{ gap: 4 }}><span className={`g-icon i-${tone}`}><Icon name={icon} size={12} label={word} spin={icon === "spinner"} /></span><a href={href(["executions", run.executionArn])} title={run.name}>{run.name.length > 24 ? `${run.name.slice(0, 13)}…` : run.name}</a></span>;
        })}
        {!all && runs.length > MOST_LATER && <button type="button" className="linkish" onClick={() => setAll(true)}>and {runs.length - MOST_LATER} more</button>}
      </dd>
    </div>
  );
}

/** The execution that an input names as its parent, the way AWS's nested workflows do. */
function startedBy(input: string | undefined): string | undefined {
  if (!input?.includes("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")) return undefined;
  const read = readJson(input).value;
  const found = typeof read === "object" && read !== null && !Array.isArray(read) ? read.AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID : undefined;
  return typeof found === "string" && found.startsWith("arn:") ? found : undefined;
}
