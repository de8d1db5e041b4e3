// An alias: a name, and one version or two that share the executions by weight.

import { useState } from "react";
import { states } from "../aws/client";
import type { Alias, VersionEntry } from "../aws/types";
import { Icon } from "../ui/Icon";
import { Dialog, toast, useAction } from "../ui/parts";

type Route = Alias["routingConfiguration"][number];
const NAME = /^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}$/;

export function AliasDialog({ alias, versions, onClose, onDone }: { alias: Alias | null; versions: VersionEntry[]; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(alias?.name ?? "");
  const [description, setDescription] = useState(alias?.description ?? "");
  const [routes, setRoutes] = useState<Route[]>(alias?.routingConfiguration ?? [{ stateMachineVersionArn: versions[0]!.stateMachineVersionArn, weight: 100 }]);
  const total = routes.reduce((all, { weight }) => all + weight, 0);
  const problem = name && !NAME.test(name) ? "Letters, digits, - _ and . with at least one that is no digit." : total !== 100 ? `The weights add up to ${total}, not to 100.` : routes.length === 2 && routes[0]!.stateMachineVersionArn === routes[1]!.stateMachineVersionArn ? "The two versions are the same." : null;
  const [save, busy] = useAction(async () => {
    if (alias) await states("UpdateStateMachineAlias", { stateMachineAliasArn: alias.stateMachineAliasArn, description, routingConfiguration: routes });
    else await states("CreateStateMachineAlias", { name, routingConfiguration: routes, ...(description && { description }) });
    toast(alias ? `Saved ${name}` : `Created ${name}`);
    onDone();
    onClose();
  });
  const weigh = (index: number, weight: number) => {
    const value = Math.min(100, Math.max(0, Math.round(weight) || 0));
    // Two weights make a hundred: one follows the other.
    setRoutes(routes.map((route, number) => ({ ...route, weight: number === index ? value : routes.length === 2 ? 100 - value : route.weight })));
  };
  const choose = (index: number, stateMachineVersionArn: string) => setRoutes(routes.map((route, number) => (number === index ? { ...route, stateMachineVersionArn } : route)));
  const other = versions.find(({ stateMachineVersionArn }) => stateMachineVersionArn !== routes[0]!.stateMachineVersionArn);
  return (
    <Dialog
      narrow
      title={alias ? `Edit alias ${alias.name}` : "Create alias"}
      onClose={onClose}
      foot={<><span className="grow wrong" role="status">{problem}</span><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" disabled={busy || !name || problem !== null} onClick={save}>{alias ? "Save" : "Create"}</button></>}
    >
      {!alias && <div className="field"><label htmlFor="alias-name">Name</label><input id="alias-name" className="input" data-autofocus value={name} onChange={(event) => setName(event.target.value)} placeholder="live" aria-invalid={Boolean(name) && !NAME.test(name)} /></div>}
      <div className="field"><label htmlFor="alias-description">Description <span className="faint">(optional)</span></label><input id="alias-description" className="input" maxLength={256} value={description} onChange={(event) => setDescription(event.target.value)} /></div>
      <fieldset className="plain stack" style={{ gap: 8 }}>
        <legend className="label">Versions and their share of executions</legend>
        {routes.map(({ stateMachineVersionArn, weight }, index) => (
          <div key={index} className="weights">
            <select className="input" aria-label={`Version ${index + 1}`} value={stateMachineVersionArn} onChange={(event) => choose(index, event.target.value)}>
              {versions.map(({ stateMachineVersionArn: each }) => <option key={each} value={each}>Version {each.split(":").pop()}</option>)}
            </select>
            <input className="input num" type="number" min={0} max={100} aria-label={`Percent of version ${index + 1}`} value={weight} disabled={routes.length === 1} onChange={(event) => weigh(index, event.target.valueAsNumber)} />
            {routes.length === 2 ? <button type="button" className="btn quiet icon" aria-label={`Remove version ${index + 1}`} onClick={() => setRoutes(routes.filter((_, number) => number !== index).map((route) => ({ ...route, weight: 100 })))}><Icon name="cross" size={14} /></button> : <span className="faint">%</span>}
          </div>
        ))}
        {routes.length === 1 && <button type="button" className="btn small" style={{ alignSelf: "flex-start" }} disabled={!other} onClick={() => setRoutes([{ ...routes[0]!, weight: 90 }, { stateMachineVersionArn: other!.stateMachineVersionArn, weight: 10 }])}><Icon name="branch" size={13} />Split with another version</button>}
      </fieldset>
    </Dialog>
  );
}
