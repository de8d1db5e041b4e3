// One activity: which state machines use it, and how a worker takes its tasks.

import { useCrumbs } from "../app/crumbs";
import { ROOT, states } from "../aws/client";
import { uses } from "../aws/ledgers";
import { placeOf } from "../lib/arn";
import { useData } from "../lib/data";
import { href } from "../lib/route";
import { Bones, CopyButton, Time, Trouble } from "../ui/parts";

interface Activity {
  activityArn: string;
  name: string;
  creationDate: number;
}

export function ActivityPage({ arn }: { arn: string }) {
  const name = arn.split(":")[6] ?? arn;
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name }]);
  const found = useData(`activity ${arn}`, (signal) => states<Activity>("DescribeActivity", { activityArn: arn }, signal));
  const users = useData(`users of ${arn}`, async (signal) => {
    const all = await uses(placeOf(arn)!, signal);
    return Object.entries(all).flatMap(([machine, used]) => used.filter(({ resource }) => resource === arn).map((use) => ({ machine, states: use.states })));
  });
  const line = `aws stepfunctions get-activity-task \\\n  --endpoint-url ${ROOT.replace(/\/$/, "")} \\\n  --activity-arn ${arn} --worker-name me`;
  if (found.failure && !found.data) return <div className="page"><div className="card"><Trouble failure={found.failure} what="activity" onRetry={found.reload} /></div></div>;
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <div className="row wrap"><h1 className="break">{name}</h1><span className="badge">Activity</span></div>
          <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
        </div>
        {found.data && <span className="soft">Created <Time at={found.data.creationDate} /></span>}
      </div>
      <section className="card" aria-labelledby="users-title">
        <div className="card-head"><h2 id="users-title">Used by</h2></div>
        {!users.data ? <Bones rows={2} /> : !users.data.length ? <p className="faint padded">No state machine names this activity.</p> : (
          <table className="table">
            <thead><tr><th>State machine</th><th>In states</th></tr></thead>
            <tbody>{users.data.map(({ machine, states: names }) => <tr key={machine}><td className="name"><a href={href(["machines", machine])}>{machine.split(":")[6]}</a></td><td>{names.map((each, index) => <span key={each}>{index > 0 && ", "}<a href={href(["machines", machine], { tab: "definition", state: each })}>{each}</a></span>)}</td></tr>)}</tbody>
          </table>
        )}
      </section>
      <section className="card" aria-labelledby="worker-title">
        <div className="card-head"><h2 id="worker-title" className="grow">Take a task</h2><CopyButton text={line} label="Copy the command">Copy</CopyButton></div>
        <div className="padded stack" style={{ gap: 10 }}>
          <p>A worker asks for a task, does it, and answers with its token. A task that waits can also be answered on the page of its execution.</p>
          <pre className="log" tabIndex={0}>{line}</pre>
        </div>
      </section>
    </div>
  );
}
