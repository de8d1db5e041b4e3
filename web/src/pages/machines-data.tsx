// The list of machines that several pages share, and what they say when there are none.

import { useState } from "react";
import { all, ROOT } from "../aws/client";
import type { MachineEntry } from "../aws/types";
import { useData, type Loaded } from "../lib/data";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { CopyButton, Empty, Segments } from "../ui/parts";
import { EXAMPLES } from "./examples";

export function useMachines(): Loaded<MachineEntry[]> {
  const where = useStore(place);
  return useData(`machines ${where.account}/${where.region}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
}

/** The first minute: an example to run, a definition of one's own, or a deployment. */
export function NoMachines() {
  return (
    <div className="first">
      <Empty icon="machines" title="No state machines yet">
        <p>Begin with an example: it is created with one click and can be run at once. Or write your own.</p>
        <button type="button" className="btn primary" onClick={() => go(href(["machines"], { create: 1 }))}><Icon name="plus" />Create state machine</button>
      </Empty>
      <ul className="example-cards" aria-label="Examples">
        {EXAMPLES.filter(({ id }) => id).map(({ id, name, note }) => (
          <li key={id}><a href={href(["machines"], { create: 1, example: id })}><strong>{name}</strong><span>{note}</span></a></li>
        ))}
      </ul>
      <Deploy />
    </div>
  );
}

const WAYS = [{ id: "terraform", name: "Terraform" }, { id: "cli", name: "AWS CLI" }, { id: "python", name: "Python" }] as const;

function Deploy() {
  const [way, setWay] = useState<(typeof WAYS)[number]["id"]>("terraform");
  const server = ROOT.replace(/\/$/, "");
  // By its number the address has no subdomains: then the provider of Terraform writes names of buckets into paths.
  const environment = `export AWS_ENDPOINT_URL=${server.replace("//localhost", "//127.0.0.1")} \\\n  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1`;
  const text = {
    terraform: `${environment}\nterraform init && terraform apply`,
    cli: `${environment}\naws stepfunctions create-state-machine --name hello \\\n  --role-arn arn:aws:iam::000000000000:role/any \\\n  --definition file://hello.asl.json`,
    python: `import boto3\n\nsfn = boto3.client(\n    "stepfunctions", endpoint_url="${server}", region_name="us-east-1",\n    aws_access_key_id="test", aws_secret_access_key="test",\n)\nsfn.create_state_machine(\n    name="hello", definition=open("hello.asl.json").read(),\n    roleArn="arn:aws:iam::000000000000:role/any",\n)`,
  }[way];
  return (
    <section className="deploy" aria-labelledby="deploy-title">
      <div className="row wrap"><h3 id="deploy-title" className="grow">Or deploy what you have, unchanged</h3><Segments options={WAYS} value={way} onChange={setWay} label="With" /><CopyButton text={text} label="Copy the lines" /></div>
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}
