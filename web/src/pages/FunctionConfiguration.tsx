// Configuration of a function: general, environment (masked), layers, who calls it, tags; its versions and aliases.

import { useState } from "react";
import { lambda } from "../aws/client";
import type { FunctionConfiguration } from "../aws/types";
import { placeOf } from "../lib/arn";
import { useData } from "../lib/data";
import { size } from "../lib/format";
import { href } from "../lib/route";
import { Bones, CopyButton, Time } from "../ui/parts";
import { callers, pages } from "./functions-data";
import { Tags } from "./Tags";

export function Configuration({ configuration, tags, onTags }: { configuration: FunctionConfiguration; tags: Record<string, string>; onTags: () => void }) {
  const arn = configuration.FunctionArn.split(":").slice(0, 7).join(":");
  return (
    <>
      <section className="card" aria-label="General">
        <dl className="pairs">
          <div><dt>Handler</dt><dd><code>{configuration.Handler ?? "—"}</code></dd></div>
          <div><dt>State</dt><dd>{configuration.State ?? "Active"}{configuration.StateReason && `: ${configuration.StateReason}`}</dd></div>
          <div><dt>Memory</dt><dd className="num">{configuration.MemorySize} MB</dd></div>
          <div><dt>Timeout</dt><dd className="num">{configuration.Timeout} s</dd></div>
          <div><dt>Temporary storage</dt><dd className="num">{configuration.EphemeralStorage?.Size ?? 512} MB</dd></div>
          <div><dt>Architecture</dt><dd>{configuration.Architectures?.join(", ") ?? "—"}</dd></div>
          <div><dt>Package</dt><dd className="num">{size(configuration.CodeSize)}</dd></div>
          <div><dt>Changed</dt><dd><Time at={Date.parse(configuration.LastModified) / 1000} /></dd></div>
          <div><dt>Version</dt><dd>{configuration.Version}</dd></div>
          {configuration.Description && <div className="wide"><dt>Description</dt><dd>{configuration.Description}</dd></div>}
          <div className="wide"><dt>Role</dt><dd className="break"><code>{configuration.Role}</code></dd></div>
          <div className="wide"><dt>SHA-256 of the package</dt><dd className="break"><code>{configuration.CodeSha256}</code></dd></div>
        </dl>
      </section>
      <Environment variables={Object.entries(configuration.Environment?.Variables ?? {})} />
      {Boolean(configuration.Layers?.length) && (
        <section className="card" aria-labelledby="layers-title">
          <div className="card-head"><h2 id="layers-title">Layers</h2></div>
          <table className="table"><thead><tr><th>Layer</th><th>Version</th><th className="end">Size</th></tr></thead><tbody>{configuration.Layers!.map(({ Arn, CodeSize }) => <tr key={Arn}><td className="name" title={Arn}>{Arn.split(":")[6]}</td><td className="tight num">{Arn.split(":")[7]}</td><td className="tight end num soft">{CodeSize === undefined ? "—" : size(CodeSize)}</td></tr>)}</tbody></table>
        </section>
      )}
      <Callers arn={arn} name={configuration.FunctionName} />
      <Tags
        tags={Object.entries(tags).map(([key, value]) => ({ key, value }))}
        onSave={async (set, removed) => {
          const path = `/2017-03-31/tags/${encodeURIComponent(arn)}`;
          if (removed.length) await lambda("DELETE", `${path}?${removed.map((key) => `tagKeys=${encodeURIComponent(key)}`).join("&")}`);
          if (set.length) await lambda("POST", path, JSON.stringify({ Tags: Object.fromEntries(set.map(({ key, value }) => [key, value])) }));
          onTags();
        }}
      />
    </>
  );
}

function Environment({ variables }: { variables: [string, string][] }) {
  const [unmasked, setUnmasked] = useState(false);
  return (
    <section className="card" aria-labelledby="environment">
      <div className="card-head"><h2 id="environment" className="grow">Environment</h2>{variables.length > 0 && <button type="button" className="btn small" aria-pressed={unmasked} onClick={() => setUnmasked(!unmasked)}>{unmasked ? "Hide values" : "Show values"}</button>}</div>
      {variables.length ? <table className="table"><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>{variables.map(([name, value]) => <tr key={name}><td className="tight"><code>{name}</code></td><td className="break">{unmasked ? <code>{value}</code> : <span aria-label="Hidden" role="img">••••••••</span>}</td></tr>)}</tbody></table> : <p className="faint padded">No variables.</p>}
    </section>
  );
}

function Callers({ arn, name }: { arn: string; name: string }) {
  const found = useData(`callers ${arn}`, async (signal) => (await callers(placeOf(arn)!, signal))[name] ?? []);
  return (
    <section className="card" aria-labelledby="callers-title">
      <div className="card-head"><h2 id="callers-title">State machines that call it</h2></div>
      {!found.data ? <Bones rows={2} /> : !found.data.length ? <p className="faint padded">None names it in its definition.</p> : (
        <table className="table"><thead><tr><th>State machine</th></tr></thead><tbody>{found.data.map((machine) => <tr key={machine}><td className="name"><a href={href(["machines", machine], { tab: "definition" })}>{machine.split(":")[6]}</a></td></tr>)}</tbody></table>
      )}
    </section>
  );
}

interface Alias {
  AliasArn: string;
  Name: string;
  FunctionVersion: string;
  Description?: string;
  RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> };
}

export function FunctionVersions({ name }: { name: string }) {
  const path = `/functions/${encodeURIComponent(name)}`;
  const versions = useData(`function versions ${name}`, (signal) => pages<FunctionConfiguration>(`${path}/versions`, "Versions", signal));
  const aliases = useData(`function aliases ${name}`, (signal) => pages<Alias>(`${path}/aliases`, "Aliases", signal));
  return (
    <>
      <section className="card" aria-labelledby="versions-title">
        <div className="card-head"><h2 id="versions-title">Versions</h2></div>
        {!versions.data ? <Bones rows={3} /> : (
          <table className="table">
            <thead><tr><th>Version</th><th>Description</th><th className="end">Package</th><th>Made</th></tr></thead>
            <tbody>{versions.data.toReversed().map((each) => <tr key={each.Version}><td className="tight name"><a href={href(["functions", name], { tab: "test", version: each.Version })}>{each.Version}</a></td><td className="soft break">{each.Description}</td><td className="tight end num soft">{size(each.CodeSize)}</td><td className="tight soft"><Time at={Date.parse(each.LastModified) / 1000} /></td></tr>)}</tbody>
          </table>
        )}
      </section>
      <section className="card" aria-labelledby="aliases-title">
        <div className="card-head"><h2 id="aliases-title">Aliases</h2></div>
        {!aliases.data ? <Bones rows={2} /> : !aliases.data.length ? <p className="faint padded">No aliases.</p> : (
          <table className="table">
            <thead><tr><th>Alias</th><th>Leads to</th><th>Description</th><th><span className="sr">ARN</span></th></tr></thead>
            <tbody>{aliases.data.map((each) => <tr key={each.Name}><td className="tight name"><a href={href(["functions", name], { tab: "test", version: each.Name })}>{each.Name}</a></td><td className="tight"><Routes alias={each} /></td><td className="soft break">{each.Description}</td><td className="tight end"><CopyButton text={each.AliasArn} label="Copy the ARN" /></td></tr>)}</tbody>
          </table>
        )}
      </section>
    </>
  );
}

function Routes({ alias }: { alias: Alias }) {
  const others = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  const rest = 1 - others.reduce((all, [, weight]) => all + weight, 0);
  return <>{[[alias.FunctionVersion, rest] as const, ...others].map(([version, weight]) => <span key={version} className="badge num" style={{ marginRight: 6 }}>v{version} {Math.round(weight * 100)} %</span>)}</>;
}
