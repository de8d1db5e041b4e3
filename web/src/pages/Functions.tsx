// All functions: what they are, how they fared today, which state machines call them.

import { useEffect, useMemo } from "react";
import { useCrumbs } from "../app/crumbs";
import { functionFigures, type Invocations } from "../aws/ledgers";
import type { FunctionConfiguration } from "../aws/types";
import { useData, useThrottled } from "../lib/data";
import { count, duration, plural } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Filter, Time, Trouble } from "../ui/parts";
import { CreateFunction } from "./CreateFunction";
import { callers, listFunctions } from "./functions-data";

export function FunctionsPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Functions" }]);
  const where = useStore(place);
  const scope = `${where.account}/${where.region}`;
  const functions = useData(`functions ${scope}`, listFunctions);
  const figures = useData(`function figures ${scope}`, (signal) => functionFigures("24h", where, signal));
  const used = useData(`function callers ${scope}`, (signal) => callers(where, signal));
  const refresh = useThrottled(figures.reload, 2000);
  const again = useThrottled(() => { functions.reload(); used.reload(); }, 1000);
  useEffect(() => onLive("functions", refresh), [refresh]);
  useEffect(() => onLive("figures", ({ slid }) => void (slid.includes(figures.data?.step ?? 0) && refresh())));
  useEffect(() => onLive("audit", again), [again]);
  const text = query.get("q") ?? "";
  const found = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return (functions.data ?? []).filter(({ FunctionName }) => words.every((word) => FunctionName.toLowerCase().includes(word)));
  }, [functions.data, text]);
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <h1>Functions</h1>
          <p className="soft">{functions.data ? `${plural(functions.data.length, "function")} in ${where.region}` : "\u00a0"}</p>
        </div>
        <div className="actions">
          {Boolean(functions.data?.length) && <Filter value={text} onChange={(q) => setQuery({ q })} label="Find by name" />}
          <button type="button" className="btn primary" onClick={() => setQuery({ create: 1 })}><Icon name="plus" />Create</button>
        </div>
      </div>
      <div className="card scroll">
        {functions.failure && !functions.data ? (
          <Trouble failure={functions.failure} what="list" onRetry={functions.reload} />
        ) : !functions.data ? (
          <Bones rows={6} height={28} />
        ) : !functions.data.length ? (
          <Empty icon="function" title="No functions yet">
            <p>Write a first one here, or deploy yours: Terraform, the AWS CLI and any SDK create them through the Lambda API of this server. They run here, without Docker.</p>
            <button type="button" className="btn primary" onClick={() => setQuery({ create: 1 })}><Icon name="plus" />Create function</button>
          </Empty>
        ) : !found.length ? (
          <Empty icon="search" title="No function has this name"><button type="button" className="btn" onClick={() => setQuery({ q: null })}>Clear the search</button></Empty>
        ) : (
          <table className="table">
            <thead><tr><th>Name</th><th>Runtime</th><th className="roomy">Handler</th><th>Used by</th><th className="end">Invocations, 24 h</th><th className="end">Errors</th><th className="end">p95</th><th className="roomy">Changed</th></tr></thead>
            <tbody>{found.map((each) => <Row key={each.FunctionArn} one={each} own={figures.data?.functions[each.FunctionArn]} machines={used.data?.[each.FunctionName] ?? []} />)}</tbody>
          </table>
        )}
      </div>
      {query.get("create") && <CreateFunction taken={(functions.data ?? []).map(({ FunctionName }) => FunctionName)} onClose={() => setQuery({ create: null })} />}
    </div>
  );
}

function Row({ one, own, machines }: { one: FunctionConfiguration; own: Invocations | undefined; machines: string[] }) {
  const to = href(["functions", one.FunctionName]);
  return (
    <tr className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a, button") && go(to)}>
      <td className="name"><a href={to}>{one.FunctionName}</a>{one.Description && <div className="faint clip run-note">{one.Description}</div>}</td>
      <td className="tight"><span className="badge">{one.Runtime ?? one.PackageType}</span></td>
      <td className="tight soft roomy"><code>{one.Handler}</code></td>
      <td>{machines.length ? machines.slice(0, 3).map((machine, index) => <span key={machine}>{index > 0 && ", "}<a href={href(["machines", machine])}>{machine.split(":")[6]}</a></span>) : <span className="faint">—</span>}{machines.length > 3 && <span className="faint"> and {machines.length - 3} more</span>}</td>
      <td className="tight end num">{own ? count(own.invocations) : <span className="faint">—</span>}</td>
      <td className={`tight end num ${own?.failed ? "wrong-figure" : ""}`}>{own ? count(own.failed) : <span className="faint">—</span>}</td>
      <td className="tight end num soft">{own?.p95 == null ? <span className="faint">—</span> : duration(own.p95)}</td>
      <td className="tight soft roomy"><Time at={Date.parse(one.LastModified) / 1000} relative /></td>
    </tr>
  );
}
