import { all, states } from "../aws/client";
import type { Alias, AliasEntry, MachineKind, VersionEntry } from "../aws/types";
import { useData } from "../lib/data";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Time, toast, useAction } from "../ui/parts";

export function Versions({ arn }: { arn: string; kind: MachineKind }) {
  const versions = useData(`versions ${arn}`, (signal) => all<VersionEntry>("ListStateMachineVersions", "stateMachineVersions", { stateMachineArn: arn }, signal));
  const aliases = useData(`aliases ${arn}`, async (signal) => {
    const found = await all<AliasEntry>("ListStateMachineAliases", "stateMachineAliases", { stateMachineArn: arn }, signal);
    return Promise.all(found.map(({ stateMachineAliasArn }) => states<Alias>("DescribeStateMachineAlias", { stateMachineAliasArn }, signal)));
  });
  const [publish, busy] = useAction(async () => {
    const { stateMachineVersionArn } = await states<{ stateMachineVersionArn: string }>("PublishStateMachineVersion", { stateMachineArn: arn });
    toast(`Published version ${stateMachineVersionArn.split(":").pop()}`);
    versions.reload();
  });
  return (
    <>
      <section className="card" aria-labelledby="versions-title">
        <div className="card-head">
          <h2 id="versions-title" className="grow">Versions</h2>
          <button type="button" className="btn small" onClick={publish} disabled={busy}><Icon name="plus" size={13} />Publish version</button>
        </div>
        {!versions.data ? <Bones rows={3} /> : !versions.data.length ? <p className="faint" style={{ padding: 16 }}>No versions. Publishing one freezes the current definition under a number.</p> : (
          <table className="table">
            <thead><tr><th>Version</th><th>ARN</th><th>Published</th><th><span className="sr">Actions</span></th></tr></thead>
            <tbody>
              {versions.data.map(({ stateMachineVersionArn: version, creationDate }) => (
                <tr key={version}>
                  <td className="tight name num">{version.split(":").pop()}</td>
                  <td><div className="row"><code className="clip soft">{version}</code><CopyButton text={version} label="Copy the ARN" /></div></td>
                  <td className="tight soft"><Time at={creationDate} /></td>
                  <td className="tight end"><button type="button" className="btn small" onClick={() => setQuery({ start: version })}><Icon name="play" size={12} />Start</button></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section className="card" aria-labelledby="aliases-title">
        <div className="card-head"><h2 id="aliases-title">Aliases</h2></div>
        {!aliases.data ? <Bones rows={3} /> : !aliases.data.length ? <p className="faint" style={{ padding: 16 }}>No aliases. An alias is a name that leads to one version, or splits executions between two.</p> : (
          <table className="table">
            <thead><tr><th>Alias</th><th>Leads to</th><th>Description</th><th>Changed</th><th><span className="sr">Actions</span></th></tr></thead>
            <tbody>
              {aliases.data.map((alias) => (
                <tr key={alias.stateMachineAliasArn}>
                  <td className="tight name">{alias.name}</td>
                  <td className="tight">{alias.routingConfiguration.map(({ stateMachineVersionArn, weight }) => <span key={stateMachineVersionArn} className="badge num" style={{ marginRight: 6 }}>v{stateMachineVersionArn.split(":").pop()} {weight} %</span>)}</td>
                  <td className="soft break">{alias.description}</td>
                  <td className="tight soft"><Time at={alias.updateDate} relative /></td>
                  <td className="tight end"><button type="button" className="btn small" onClick={() => setQuery({ start: alias.stateMachineAliasArn })}><Icon name="play" size={12} />Start</button></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}
