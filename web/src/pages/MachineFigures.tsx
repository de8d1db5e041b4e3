// How a machine fared over time.

import { RANGES, rangeOf } from "../aws/ledgers";
import { count } from "../lib/format";
import { href, setQuery } from "../lib/route";
import { Bones, Empty, Segments, Trouble } from "../ui/parts";
import { Charts, useActivity } from "./Dashboard";

export function Figures({ arn, express, query }: { arn: string; express: boolean; query: URLSearchParams }) {
  const range = rangeOf(query.get("range"));
  const found = useActivity(range, arn);
  if (express) return <div className="card"><Empty icon="chart" title="Express executions are not counted here"><p>As in AWS, their figures are CloudWatch metrics, and what they did stands in their log group.</p></Empty></div>;
  if (found.failure && !found.data) return <div className="card"><Trouble failure={found.failure} what="figures" onRetry={found.reload} /></div>;
  return (
    <>
      <div className="row"><span className="grow" /><Segments options={RANGES} value={range} onChange={(id) => setQuery({ range: id })} label="Range" /></div>
      {!found.data ? <div className="card"><Bones /></div> : <Charts told={found.data} />}
      {Boolean(found.data?.errors.length) && (
        <section className="card" aria-labelledby="errors-title">
          <div className="card-head"><h2 id="errors-title">Errors</h2></div>
          <table className="table">
            <thead><tr><th>Error</th><th className="end">Executions</th></tr></thead>
            <tbody>{found.data!.errors.map(({ error, count: number }) => <tr key={error}><td><a href={href(["machines", arn], { error })}>{error}</a></td><td className="tight end num">{count(number)}</td></tr>)}</tbody>
          </table>
        </section>
      )}
    </>
  );
}
