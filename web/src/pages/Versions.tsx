// Versions and aliases of a state machine: publish, route by weight, delete.

import { useState } from "react";
import { all, states } from "../aws/client";
import type { Alias, AliasEntry, VersionEntry } from "../aws/types";
import { useData, type Loaded } from "../lib/data";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { Bones, CopyButton, Dialog, Time, toast, Trouble, useAction } from "../ui/parts";
import { AliasDialog } from "./AliasDialog";

type Doomed = { arn: string; what: "version" | "alias"; name: string };

export function Versions({ arn }: { arn: string }) {
  const versions = useData(`versions ${arn}`, (signal) => all<VersionEntry>("ListStateMachineVersions", "stateMachineVersions", { stateMachineArn: arn }, signal));
  const aliases = useData(`aliases ${arn}`, async (signal) => {
    const found = await all<AliasEntry>("ListStateMachineAliases", "stateMachineAliases", { stateMachineArn: arn }, signal);
    return Promise.all(found.map(({ stateMachineAliasArn }) => states<Alias>("DescribeStateMachineAlias", { stateMachineAliasArn }, signal)));
  });
  const [publishing, setPublishing] = useState(false);
  const [editing, setEditing] = useState<Alias | "new" | null>(null);
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  const reload = () => {
    versions.reload();
    aliases.reload();
  };
  const used = new Set((aliases.data ?? []).flatMap(({ routingConfiguration }) => routingConfiguration.map(({ stateMachineVersionArn }) => stateMachineVersionArn)));
  return (
    <>
      <section className="card" aria-labelledby="versions-title">
        <div className="card-head">
          <h2 id="versions-title" className="grow">Versions</h2>
          <button type="button" className="btn small" onClick={() => setPublishing(true)}><Icon name="plus" size={13} />Publish version</button>
        </div>
        <VersionTable versions={versions} used={used} onDelete={setDoomed} />
      </section>
      <section className="card" aria-labelledby="aliases-title">
        <div className="card-head">
          <h2 id="aliases-title" className="grow">Aliases</h2>
          <button type="button" className="btn small" disabled={!versions.data?.length} title={versions.data?.length ? undefined : "An alias leads to a version: publish one first"} onClick={() => setEditing("new")}><Icon name="plus" size={13} />Create alias</button>
        </div>
        <AliasTable aliases={aliases} onEdit={setEditing} onDelete={setDoomed} />
      </section>
      {publishing && <Publish arn={arn} onClose={() => setPublishing(false)} onDone={reload} />}
      {editing && versions.data && <AliasDialog alias={editing === "new" ? null : editing} versions={versions.data} onClose={() => setEditing(null)} onDone={reload} />}
      {doomed && <Delete doomed={doomed} onClose={() => setDoomed(null)} onDone={reload} />}
    </>
  );
}

function VersionTable({ versions, used, onDelete }: { versions: Loaded<VersionEntry[]>; used: ReadonlySet<string>; onDelete: (doomed: Doomed) => void }) {
  if (versions.failure && !versions.data) return <Trouble failure={versions.failure} what="list" onRetry={versions.reload} />;
  if (!versions.data) return <Bones rows={3} />;
  if (!versions.data.length) return <p className="faint padded">No versions. Publishing one freezes the current definition under a number.</p>;
  return (
    <div className="scroll">
      <table className="table">
        <thead><tr><th>Version</th><th>ARN</th><th>Published</th><th><span className="sr">Actions</span></th></tr></thead>
        <tbody>
          {versions.data.map(({ stateMachineVersionArn: version, creationDate }) => {
            const number = version.split(":").pop()!;
            return (
              <tr key={version}>
                <td className="tight name num">{number}</td>
                <td><div className="row"><code className="clip soft">{version}</code><CopyButton text={version} label="Copy the ARN" /></div></td>
                <td className="tight soft"><Time at={creationDate} /></td>
                <td className="tight end">
                  <div className="row" style={{ justifyContent: "flex-end", gap: 4 }}>
                    <button type="button" className="btn small" aria-label={`Start version ${number}`} onClick={() => setQuery({ start: version })}><Icon name="play" size={12} />Start</button>
                    <Menu label={`More actions for version ${number}`} items={[{ name: used.has(version) ? "Delete (an alias leads here)" : "Delete", icon: "trash", danger: true, disabled: used.has(version), act: () => onDelete({ arn: version, what: "version", name: number }) }]} />
                  </div>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function AliasTable({ aliases, onEdit, onDelete }: { aliases: Loaded<Alias[]>; onEdit: (alias: Alias) => void; onDelete: (doomed: Doomed) => void }) {
  if (aliases.failure && !aliases.data) return <Trouble failure={aliases.failure} what="list" onRetry={aliases.reload} />;
  if (!aliases.data) return <Bones rows={3} />;
  if (!aliases.data.length) return <p className="faint padded">No aliases. An alias is a name that leads to one version, or splits executions between two.</p>;
  return (
    <div className="scroll">
      <table className="table">
        <thead><tr><th>Alias</th><th>Leads to</th><th>Description</th><th>Changed</th><th><span className="sr">Actions</span></th></tr></thead>
        <tbody>
          {aliases.data.map((alias) => (
            <tr key={alias.stateMachineAliasArn}>
              <td className="tight name">{alias.name}</td>
              <td className="tight">{alias.routingConfiguration.map(({ stateMachineVersionArn, weight }) => <span key={stateMachineVersionArn} className="badge num" style={{ marginRight: 6 }}>v{stateMachineVersionArn.split(":").pop()} {weight} %</span>)}</td>
              <td className="soft break">{alias.description}</td>
              <td className="tight soft"><Time at={alias.updateDate} relative /></td>
              <td className="tight end">
                <div className="row" style={{ justifyContent: "flex-end", gap: 4 }}>
                  <button type="button" className="btn small" aria-label={`Start alias ${alias.name}`} onClick={() => setQuery({ start: alias.stateMachineAliasArn })}><Icon name="play" size={12} />Start</button>
                  <Menu
                    label={`More actions for alias ${alias.name}`}
                    items={[
                      { name: "Edit", icon: "edit", act: () => onEdit(alias) },
                      { name: "Delete", icon: "trash", danger: true, act: () => onDelete({ arn: alias.stateMachineAliasArn, what: "alias", name: alias.name }) },
                    ]}
                  />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Publish({ arn, onClose, onDone }: { arn: string; onClose: () => void; onDone: () => void }) {
  const [description, setDescription] = useState("");
  const [publish, busy] = useAction(async () => {
    const { stateMachineVersionArn } = await states<{ stateMachineVersionArn: string }>("PublishStateMachineVersion", { stateMachineArn: arn, ...(description && { description }) });
    toast(`Published version ${stateMachineVersionArn.split(":").pop()}`);
    onDone();
    onClose();
  });
  return (
    <Dialog narrow title="Publish version" onClose={onClose} foot={<><span className="grow" /><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" disabled={busy} onClick={publish}>Publish</button></>}>
      <p>The current definition, role and logging get a number and never change under it. Publishing the same revision twice gives the same version.</p>
      <div className="field"><label htmlFor="version-description">Description <span className="faint">(optional)</span></label><input id="version-description" className="input" data-autofocus maxLength={256} value={description} onChange={(event) => setDescription(event.target.value)} /></div>
    </Dialog>
  );
}

function Delete({ doomed: { arn, what, name }, onClose, onDone }: { doomed: Doomed; onClose: () => void; onDone: () => void }) {
  const [remove, busy] = useAction(async () => {
    await (what === "version" ? states("DeleteStateMachineVersion", { stateMachineVersionArn: arn }) : states("DeleteStateMachineAlias", { stateMachineAliasArn: arn }));
    toast(`Deleted ${what} ${name}`);
    onDone();
    onClose();
  });
  return (
    <Dialog narrow title={`Delete ${what} ${name}?`} onClose={onClose} foot={<><span className="grow" /><button type="button" className="btn" data-autofocus onClick={onClose}>Cancel</button><button type="button" className="btn danger primary" disabled={busy} onClick={remove}>Delete</button></>}>
      <p>{what === "version" ? "Its executions go on. The number is not used again." : "Whoever starts executions through it is refused from then on; the versions stay."}</p>
    </Dialog>
  );
}
