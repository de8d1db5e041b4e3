import { useMemo } from "react";
import { useCrumbs } from "../app/crumbs";
import { listFunctions } from "../app/Palette";
import { useData } from "../lib/data";
import { plural, size } from "../lib/format";
import { go, href, setQuery } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Bones, Empty, Filter, Time, Trouble } from "../ui/parts";

export function FunctionsPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Functions" }]);
  const where = useStore(place);
  const functions = useData(`functions ${where.account}/${where.region}`, listFunctions);
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
        {Boolean(functions.data?.length) && <div className="actions"><Filter value={text} onChange={(q) => setQuery({ q })} label="Find by name" /></div>}
      </div>
      <div className="card scroll">
        {functions.failure && !functions.data ? (
          <Trouble failure={functions.failure} what="list" onRetry={functions.reload} />
        ) : !functions.data ? (
          <Bones rows={6} height={28} />
        ) : !functions.data.length ? (
          <Empty icon="function" title="No functions yet">
            <p>Functions come with your deployment: Terraform, the AWS CLI or any SDK create them through the Lambda API of this server. They run here, without Docker.</p>
          </Empty>
        ) : !found.length ? (
          <Empty icon="search" title="No function has this name"><button type="button" className="btn" onClick={() => setQuery({ q: null })}>Clear the search</button></Empty>
        ) : (
          <table className="table">
            <thead><tr><th>Name</th><th>Runtime</th><th>Handler</th><th className="end">Memory</th><th className="end">Timeout</th><th className="end">Package</th><th>Changed</th></tr></thead>
            <tbody>
              {found.map((each) => (
                <tr key={each.FunctionArn} className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a, button") && go(href(["functions", each.FunctionName]))}>
                  <td className="name"><a href={href(["functions", each.FunctionName])}>{each.FunctionName}</a>{each.Description && <div className="faint clip">{each.Description}</div>}</td>
                  <td className="tight"><span className="badge">{each.Runtime ?? each.PackageType}</span></td>
                  <td className="tight soft"><code>{each.Handler}</code></td>
                  <td className="tight end num soft">{each.MemorySize} MB</td>
                  <td className="tight end num soft">{each.Timeout} s</td>
                  <td className="tight end num soft">{size(each.CodeSize)}</td>
                  <td className="tight soft"><Time at={Date.parse(each.LastModified) / 1000} relative /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </div>
  );
}
