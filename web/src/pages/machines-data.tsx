// The list of machines that several pages share, and what they say when there are none.

import { all, ROOT } from "../aws/client";
import type { MachineEntry } from "../aws/types";
import { useData, type Loaded } from "../lib/data";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { CopyButton, Empty } from "../ui/parts";

export function useMachines(): Loaded<MachineEntry[]> {
  const where = useStore(place);
  return useData(`machines ${where.account}/${where.region}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
}

export function NoMachines() {
  const line = `aws stepfunctions create-state-machine \\\n  --endpoint-url ${ROOT.replace(/\/$/, "")} --name hello \\\n  --role-arn arn:aws:iam::000000000000:role/any \\\n  --definition file://hello.asl.json`;
  return (
    <Empty icon="machines" title="No state machines yet">
      <p>Create one here, deploy with Terraform, or use the AWS CLI and any SDK against this server's address.</p>
      <button type="button" className="btn primary" onClick={() => go(href(["machines"], { create: 1 }))}><Icon name="plus" />Create state machine</button>
      <div className="row" style={{ maxWidth: "100%" }}><pre tabIndex={0}>{line}</pre><CopyButton text={line} label="Copy the command" /></div>
    </Empty>
  );
}
