// The audit trail: who called what, when, from where, with which outcome; the record itself on demand.

import { useEffect, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { audit, type AuditCall, type AuditPage as Page } from "../aws/ledgers";
import { page, readArn } from "../lib/arn";
import { useData, useThrottled } from "../lib/data";
import { count } from "../lib/format";
import type { Json } from "../lib/json";
import { onLive } from "../lib/live";
import { setQuery } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { JsonView } from "../ui/JsonView";
import { Bones, CopyButton, Empty, Filter, Middle, Segments, Time, Trouble, useAction } from "../ui/parts";

const KINDS = [{ id: "", name: "All" }, { id: "write", name: "Changes" }, { id: "read", name: "Reads" }] as const;
const SIZE = 50;

export function AuditPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Audit" }]);
  const where = useStore(place);
  const kind = KINDS.find(({ id }) => id === query.get("kind"))?.id ?? "";
  const failed = query.get("failed") === "1";
  const text = query.get("q") ?? "";
  const asked = { ...where, kind, failed, text, limit: SIZE };
  const key = JSON.stringify(asked);
  const first = useData(`audit ${key}`, (signal) => audit(asked, signal));
  const [rest, setRest] = useState<{ key: string; pages: Page[] }>({ key: "", pages: [] });
  const pages = first.data ? [first.data, ...(rest.key === key ? rest.pages : [])] : [];
  const refresh = useThrottled(first.reload, 1000);
  // Later pages hang on the first one: while somebody reads them it stays.
  useEffect(() => onLive("audit", () => void (pages.length === 1 && refresh())));
  const last = pages.at(-1);
  const [more, busy] = useAction(async () => {
    const next = await audit({ ...asked, before: last!.next! });
    setRest({ key, pages: [...(rest.key === key ? rest.pages : []), next] });
  });
  const calls = pages.flatMap((each) => each.calls);
  const filtered = Boolean(kind || failed || text);
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles"><h1>Audit</h1><p className="soft">API calls in {where.region}, the newest first. <code>aws cloudtrail lookup-events</code> tells the same.</p></div>
        <div className="actions"><Filter value={text} onChange={(q) => setQuery({ q })} label="Event, user, ARN, address …" /></div>
      </div>
      <section className="card" aria-label="Calls">
        <div className="toolbar">
          <Segments options={KINDS} value={kind} onChange={(id) => setQuery({ kind: id })} label="Kind" />
          <label className="row check"><input type="checkbox" checked={failed} onChange={(event) => setQuery({ failed: event.target.checked ? 1 : null })} />Refused only</label>
        </div>
        {first.failure && !first.data ? <Trouble failure={first.failure} what="audit trail" onRetry={first.reload} /> : !first.data ? <Bones rows={8} /> : !calls.length ? (
          <Empty icon={filtered ? "search" : "audit"} title={filtered ? "No call fits" : "No calls yet"}>
            {filtered ? <button type="button" className="btn" onClick={() => setQuery({ q: null, kind: null, failed: null })}>Show all calls</button> : <p>Every call of the API is noted here as soon as there is one: what was created, started, changed and deleted, by whom, and what was refused. Inputs, outputs and secrets are never kept.</p>}
          </Empty>
        ) : (
          <div className="scroll">
            <table className="table">
              <thead><tr><th>Time</th><th>Event</th><th>User</th><th>Resource</th><th>From</th><th>Outcome</th></tr></thead>
              <tbody>{calls.map((call) => <Call key={call.record.eventID} call={call} open={query.get("event") === call.record.eventID} />)}</tbody>
            </table>
          </div>
        )}
        {last && <Foot last={last} looked={pages.reduce((all, { looked }) => all + looked, 0)} shown={calls.length} filtered={filtered} busy={busy} onMore={more} />}
      </section>
    </div>
  );
}

function Call({ call: { at, user, resources, record }, open }: { call: AuditCall; open: boolean }) {
  const main = resources.find(({ name }) => linkOf(name)) ?? resources[0];
  return (
    <>
      <tr>
        <td className="tight soft"><Time at={at} /></td>
        <td className="tight">
          <button type="button" className="event-toggle" aria-expanded={open} onClick={() => setQuery({ event: open ? null : record.eventID })}>
            <Icon name="right" size={12} /><strong>{record.eventName}</strong><span className="badge">{record.eventSource.split(".")[0]}</span>
          </button>
        </td>
        <td className="tight"><div className="clip" style={{ maxWidth: 140 }} title={user}>{user}</div></td>
        <td className="give"><Resource name={main?.name} /></td>
        <td className="tight soft" title={`${record.sourceIPAddress}, ${record.userAgent}`}><span className="num">{record.sourceIPAddress}</span> <span className="faint">{agent(record.userAgent)}</span></td>
        <td className="tight">{record.errorCode ? <span className="status tone-bad" title={record.errorMessage}><Icon name="cross" size={13} />{record.errorCode}</span> : <span className="status tone-ok"><Icon name="check" size={13} />Done</span>}</td>
      </tr>
      {open && (
        <tr className="event-body">
          <td colSpan={6}>
            {record.errorMessage && <p className="wrong break" style={{ marginBottom: 8 }}>{record.errorMessage}</p>}
            <div className="row" style={{ alignItems: "flex-start" }}>
              <div className="grow"><JsonView value={record as unknown as Json} /></div>
              <CopyButton text={JSON.stringify(record, null, 2)} label="Copy the record" />
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

function Resource({ name }: { name: string | undefined }) {
  if (!name) return <span className="faint">—</span>;
  const to = linkOf(name);
  const short = name.startsWith("arn:") ? name.split(":").slice(5).join(":") : name;
  const shown = <Middle text={short} title={name} />;
  return to ? <a href={to}>{shown}</a> : shown;
}

function linkOf(name: string): string | null {
  const named = readArn(name);
  return named && page(named);
}

/** "treadle-console/1" -> Console; of others the program's name. */
function agent(text: string): string {
  return text.startsWith("treadle-console") ? "Console" : (text.split(/[/ ]/)[0] ?? "").slice(0, 16);
}

interface FootProps {
  last: Page;
  looked: number;
  shown: number;
  filtered: boolean;
  busy: boolean;
  onMore: () => void;
}

function Foot({ last, looked, shown, filtered, busy, onMore }: FootProps) {
  if (!last.next && !filtered) return null;
  return (
    <div className="table-foot">
      {filtered && <span className="soft">Looked through {count(looked)} calls{last.next && last.backTo !== null ? <> back to <Time at={last.backTo} /></> : ""}; {count(shown)} fit.</span>}
      {last.next && <button type="button" className="btn small" onClick={onMore} disabled={busy}>{filtered ? "Look further" : "Show more"}</button>}
    </div>
  );
}
