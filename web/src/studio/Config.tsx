// What a machine has besides its definition: role, logs, traces, tags.

import { useState } from "react";
import { states } from "../aws/client";
import type { Machine, Tag } from "../aws/types";
import { useData } from "../lib/data";
import { Icon } from "../ui/Icon";
import { Bones, toast, useAction } from "../ui/parts";
import { Row, SelectInput } from "./Form";

const KEYS = [{ value: "AWS_OWNED_KEY", name: "A key of AWS's" }, { value: "CUSTOMER_MANAGED_KMS_KEY", name: "A KMS key of yours" }];
const LEVELS = [{ value: "OFF", name: "Off" }, { value: "ERROR", name: "Errors" }, { value: "FATAL", name: "Fatal errors" }, { value: "ALL", name: "Everything" }];

export function Config({ machine, onSaved }: { machine: Machine; onSaved: () => void }) {
  const arn = machine.stateMachineArn;
  const logging = machine.loggingConfiguration;
  const [role, setRole] = useState(machine.roleArn);
  const [level, setLevel] = useState(logging?.level ?? "OFF");
  const [data, setData] = useState(logging?.includeExecutionData ?? false);
  const [group, setGroup] = useState(logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? "");
  const [traced, setTraced] = useState(machine.tracingConfiguration?.enabled ?? false);
  const encryption = machine.encryptionConfiguration;
  const [lock, setLock] = useState(encryption?.type ?? "AWS_OWNED_KEY");
  const [key, setKey] = useState(encryption?.kmsKeyId ?? "");
  const [reuse, setReuse] = useState(encryption?.kmsDataKeyReusePeriodSeconds === undefined ? "" : String(encryption.kmsDataKeyReusePeriodSeconds));
  const locked = lock !== (encryption?.type ?? "AWS_OWNED_KEY") || (lock !== "AWS_OWNED_KEY" && (key !== (encryption?.kmsKeyId ?? "") || reuse !== String(encryption?.kmsDataKeyReusePeriodSeconds ?? "")));
  const changed = locked || role !== machine.roleArn || level !== (logging?.level ?? "OFF") || data !== (logging?.includeExecutionData ?? false) || group !== (logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? "") || traced !== (machine.tracingConfiguration?.enabled ?? false);
  const [save, busy] = useAction(async () => {
    await states("UpdateStateMachine", {
      stateMachineArn: arn,
      roleArn: role,
      loggingConfiguration: { level, includeExecutionData: data, ...(group && { destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: group } }] }) },
      tracingConfiguration: { enabled: traced },
      ...(locked && { encryptionConfiguration: { type: lock, ...(lock !== "AWS_OWNED_KEY" && { kmsKeyId: key, ...(reuse && { kmsDataKeyReusePeriodSeconds: Number(reuse) || 0 }) }) } }),
    });
    toast("Saved the configuration");
    onSaved();
  });
  return (
    <div className="config">
      <section className="card" aria-labelledby="config-title">
        <div className="card-head"><h2 id="config-title" className="grow">Configuration</h2><button type="button" className="btn small primary" disabled={!changed || busy} onClick={save}>Save the configuration</button></div>
        <div className="stack config-body">
          <dl className="pairs" style={{ padding: 0 }}><div><dt>Name</dt><dd>{machine.name}</dd></div><div><dt>Type</dt><dd>{machine.type === "EXPRESS" ? "Express" : "Standard"}</dd></div></dl>
          <Row id="role" label="Role" hint="The role of executions. Its policies hold where the server runs with --enforce-iam"><input id="role" className="input mono" value={role} spellCheck={false} onChange={(event) => setRole(event.target.value)} /></Row>
          <SelectInput label="Logging" none={null} value={level} options={LEVELS} onChange={setLevel} />
          {level !== "OFF" && (
            <>
              <Row id="group" label="Log group" hint="Its ARN ends in :*"><input id="group" className="input mono" value={group} spellCheck={false} placeholder="arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/mine:*" onChange={(event) => setGroup(event.target.value)} /></Row>
              <label className="row"><input type="checkbox" checked={data} onChange={(event) => setData(event.target.checked)} />Log inputs and outputs, too</label>
            </>
          )}
          <SelectInput label="Encrypted with" none={null} value={lock} options={KEYS} onChange={(chosen) => setLock(chosen as typeof lock)} />
          {lock !== "AWS_OWNED_KEY" && (
            <>
              <Row id="key" label="Key" hint="Its id, alias or ARN"><input id="key" className="input mono" value={key} spellCheck={false} placeholder="alias/workflows" onChange={(event) => setKey(event.target.value)} /></Row>
              <Row id="reuse" label="A data key is used for (s)" hint="60 to 900; 300 when left out"><input id="reuse" className="input" inputMode="numeric" value={reuse} onChange={(event) => setReuse(event.target.value)} /></Row>
            </>
          )}
          <label className="row"><input type="checkbox" checked={traced} onChange={(event) => setTraced(event.target.checked)} />Trace with X-Ray</label>
        </div>
      </section>
      <Tags arn={arn} />
    </div>
  );
}

function Tags({ arn }: { arn: string }) {
  const tags = useData(`tags ${arn}`, (signal) => states<{ tags: Tag[] }>("ListTagsForResource", { resourceArn: arn }, signal));
  const [fresh, setFresh] = useState<Tag>({ key: "", value: "" });
  const [add, adding] = useAction(async () => {
    await states("TagResource", { resourceArn: arn, tags: [fresh] });
    setFresh({ key: "", value: "" });
    tags.reload();
  });
  const [remove] = useAction(async (key: string) => {
    await states("UntagResource", { resourceArn: arn, tagKeys: [key] });
    tags.reload();
  });
  return (
    <section className="card" aria-labelledby="tags-title">
      <div className="card-head"><h2 id="tags-title">Tags</h2></div>
      {!tags.data ? <Bones rows={2} /> : (
        <div className="stack config-body">
          {tags.data.tags.map(({ key, value }) => (
            <div key={key} className="row"><code className="grow break">{key}</code><span className="grow break">{value}</span><button type="button" className="btn quiet small icon" aria-label={`Remove the tag ${key}`} onClick={() => remove(key)}><Icon name="trash" size={13} /></button></div>
          ))}
          <form className="row" onSubmit={(event) => { event.preventDefault(); add(); }}>
            <input className="input" aria-label="Key of a new tag" placeholder="Key" value={fresh.key} onChange={(event) => setFresh({ ...fresh, key: event.target.value })} />
            <input className="input" aria-label="Value of a new tag" placeholder="Value" value={fresh.value} onChange={(event) => setFresh({ ...fresh, value: event.target.value })} />
            <button type="submit" className="btn" disabled={!fresh.key || adding}><Icon name="plus" size={13} />Add</button>
          </form>
        </div>
      )}
    </section>
  );
}
