// Configuration of a machine, what it uses, its tags.

import { states } from "../aws/client";
import { uses, type Use } from "../aws/ledgers";
import type { Machine, Tag } from "../aws/types";
import { page, readArn } from "../lib/arn";
import { useData } from "../lib/data";
import { href } from "../lib/route";
import { Icon, type IconName } from "../ui/Icon";
import { Bones, Time } from "../ui/parts";
import { Tags } from "./Tags";

export function Details({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const logging = machine.loggingConfiguration;
  const group = logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn.split(":")[6];
  return (
    <>
      <section className="card" aria-label="Configuration">
        <dl className="pairs">
          <div><dt>Created</dt><dd><Time at={machine.creationDate} /></dd></div>
          <div><dt>Status</dt><dd>{machine.status === "ACTIVE" ? "Active" : "Deleting"}</dd></div>
          <div><dt>Logging</dt><dd>{logging?.level && logging.level !== "OFF" ? `${logging.level}${logging.includeExecutionData ? ", with data" : ""}` : "Off"}</dd></div>
          <div><dt>Tracing</dt><dd>{machine.tracingConfiguration?.enabled ? "On" : "Off"}</dd></div>
          <div className="wide"><dt>Role</dt><dd className="break"><code>{machine.roleArn}</code></dd></div>
          {machine.revisionId && <div className="wide"><dt>Revision</dt><dd className="break"><code>{machine.revisionId}</code></dd></div>}
          {group && <div className="wide"><dt>Log group</dt><dd className="break"><a href={href(["logs", group])}>{group}</a></dd></div>}
        </dl>
      </section>
      <Used arn={arn} />
      <MachineTags arn={arn} />
    </>
  );
}

const KINDS: Record<string, { name: string; icon: IconName }> = {
  lambda: { name: "Function", icon: "function" },
  states: { name: "State machine", icon: "machines" },
  sqs: { name: "Queue", icon: "queue" },
  sns: { name: "Topic", icon: "message" },
  dynamodb: { name: "Table", icon: "database" },
  events: { name: "Event bus", icon: "service" },
  s3: { name: "Bucket", icon: "storage" },
};

function Used({ arn }: { arn: string }) {
  const found = useData(`uses ${arn}`, async (signal) => (await uses(arn, signal))[arn] ?? []);
  return (
    <section className="card" aria-labelledby="used-title">
      <div className="card-head"><h2 id="used-title">Uses</h2></div>
      {!found.data ? <Bones rows={2} /> : !found.data.length ? <p className="faint padded">The definition names no function or other resource.</p> : (
        <table className="table">
          <thead><tr><th>Resource</th><th>Kind</th><th>In states</th></tr></thead>
          <tbody>{found.data.map((use) => <Row key={`${use.service} ${use.resource}`} use={use} arn={arn} />)}</tbody>
        </table>
      )}
    </section>
  );
}

function Row({ use: { service, resource, states: names }, arn }: { use: Use; arn: string }) {
  const kind = KINDS[service] ?? { name: service, icon: "service" as const };
  const named = readArn(resource);
  const to = named ? page(named) : service === "lambda" ? href(["functions", resource.split(":")[0]!]) : null;
  return (
    <tr>
      <td className="name break">{to ? <a href={to}>{named?.name ?? resource}</a> : resource}</td>
      <td className="tight soft"><span className="row"><Icon name={kind.icon} size={14} />{named?.kind === "activity" ? "Activity" : kind.name}</span></td>
      <td>{names.map((name, index) => <span key={name}>{index > 0 && ", "}<a href={href(["machines", arn], { tab: "definition", state: name })}>{name}</a></span>)}</td>
    </tr>
  );
}

function MachineTags({ arn }: { arn: string }) {
  const tags = useData(`tags ${arn}`, async (signal) => (await states<{ tags: Tag[] }>("ListTagsForResource", { resourceArn: arn }, signal)).tags);
  const save = async (set: Tag[], removed: string[]) => {
    if (removed.length) await states("UntagResource", { resourceArn: arn, tagKeys: removed });
    if (set.length) await states("TagResource", { resourceArn: arn, tags: set });
    tags.reload();
  };
  return <Tags tags={tags.data} onSave={save} />;
}
