// One function: try it, read its code, see what it did, how it is configured.

import { useCrumbs } from "../app/crumbs";
import { json, lambda } from "../aws/client";
import type { FunctionConfiguration } from "../aws/types";
import { useData } from "../lib/data";
import { go, href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Tabs, Trouble } from "../ui/parts";
import { FunctionCode } from "./FunctionCode";
import { Configuration, FunctionVersions } from "./FunctionConfiguration";
import { FunctionFigures } from "./FunctionFigures";
import { FunctionTest } from "./FunctionTest";

const TABS = [
  { id: "test", name: "Test" },
  { id: "code", name: "Code" },
  { id: "figures", name: "Figures" },
  { id: "configuration", name: "Configuration" },
  { id: "versions", name: "Versions and aliases" },
] as const;

interface Found {
  Configuration: FunctionConfiguration;
  Code?: { Location?: string };
  Tags?: Record<string, string>;
}

export function FunctionPage({ name, query }: { name: string; query: URLSearchParams }) {
  useCrumbs([{ name: "Functions", href: href(["functions"]) }, { name }]);
  const version = query.get("version");
  const found = useData(`function ${name} ${version ?? ""}`, async (signal) => json<Found>(await lambda("GET", `/functions/${encodeURIComponent(name)}${version ? `?Qualifier=${encodeURIComponent(version)}` : ""}`, undefined, {}, signal)));
  const tab = TABS.find(({ id }) => id === query.get("tab"))?.id ?? "test";
  if (found.failure && !found.data) return <div className="page"><div className="card"><Trouble failure={found.failure} what="function" onRetry={found.reload} /></div></div>;
  const configuration = found.data?.Configuration;
  const arn = configuration?.FunctionArn.split(":").slice(0, 7).join(":");
  return (
    <div className={`page ${tab === "code" ? "fill" : ""}`}>
      <div className="page-head">
        <div className="titles">
          <div className="row wrap"><h1 className="break">{name}</h1>{configuration && <span className="badge">{configuration.Runtime ?? configuration.PackageType}</span>}{version && <span className="badge">{version}</span>}</div>
          <div className="row faint" style={{ gap: 2 }}>{configuration && <><code className="clip">{configuration.FunctionArn}</code><CopyButton text={configuration.FunctionArn} label="Copy the ARN" /></>}</div>
        </div>
        <div className="actions">
          {version && <a className="btn" href={href(["functions", name], { tab })}>Latest</a>}
          <a className="btn" href={href(["logs", `/aws/lambda/${name}`])}><Icon name="log" size={14} />Log</a>
        </div>
      </div>
      <Tabs tabs={TABS} value={tab} onChange={(id) => go(href(["functions", name], { tab: id, version }), true)} label="Parts of the function" />
      {!found.data || !configuration ? (
        <div className="card"><Bones /></div>
      ) : tab === "test" ? (
        <FunctionTest name={name} qualifier={version} />
      ) : tab === "code" ? (
        <FunctionCode name={name} location={found.data.Code?.Location} handler={configuration.Handler} fixed={version !== null} onDeployed={found.reload} />
      ) : tab === "figures" ? (
        <FunctionFigures arn={arn!} query={query} />
      ) : tab === "versions" ? (
        <FunctionVersions name={name} />
      ) : (
        <Configuration configuration={configuration} tags={found.data.Tags ?? {}} onTags={found.reload} />
      )}
    </div>
  );
}
