// Amazon Resource Names: what they name, and the page that shows it.

import { href } from "./route";

export type Named =
  | { kind: "machine"; arn: string; name: string; qualifier?: string }
  | { kind: "execution"; arn: string; name: string; machine: string; express: boolean }
  | { kind: "mapRun"; arn: string; name: string; machine: string }
  | { kind: "function"; arn: string; name: string; qualifier?: string }
  | { kind: "activity"; arn: string; name: string }
  | { kind: "logGroup"; arn: string; name: string };

export interface Place {
  account: string;
  region: string;
}

/** What an ARN names; null for other text and for what the console has no page for. */
export function readArn(text: string): Named | null {
  const arn = text.trim().replace(/^["'`]+|["'`,;]+$/g, "");
  const parts = arn.split(":");
  if (parts[0] !== "arn" || parts.length < 6) return null;
  const [, , service, , , kind = "", first = "", second, third] = parts;
  if (service === "lambda" && kind === "function" && first) return { kind: "function", arn, name: first, ...(second && { qualifier: second }) };
  if (service === "logs" && kind === "log-group" && first) return { kind: "logGroup", arn, name: first };
  if (service !== "states" || !first) return null;
  switch (kind) {
    case "stateMachine": {
      const name = first.split("/")[0]!;
      return { kind: "machine", arn, name, ...(second && { qualifier: second }) };
    }
    case "execution":
    case "express":
      return second === undefined
        ? null
        : { kind: "execution", arn, name: second, machine: first.split("/")[0]!, express: kind === "express" };
    case "mapRun": {
      const [machine = "", label = ""] = first.split("/");
      return { kind: "mapRun", arn, machine, name: `${label}:${second ?? third ?? ""}` };
    }
    case "activity":
      return { kind: "activity", arn, name: first };
    default:
      return null;
  }
}

/** Account and region that an ARN belongs to. */
export function placeOf(arn: string): Place | null {
  const [, , , region, account] = arn.split(":");
  return region && account ? { account, region } : null;
}

/** The ARN of the machine of an execution or map run. */
export function machineArn(arn: string): string {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), "stateMachine", (parts[6] ?? "").split("/")[0]].join(":");
}

/** The page of a name. */
export function page(named: Named): string {
  switch (named.kind) {
    case "machine":
      return named.qualifier
        ? href(["machines", named.arn.split(":").slice(0, 7).join(":")], { tab: "versions" })
        : href(["machines", named.arn]);
    case "execution":
      return href(["executions", named.arn]);
    case "mapRun":
      return href(["mapruns", named.arn]);
    case "function":
      return href(["functions", named.name], { version: named.qualifier === "$LATEST" ? null : named.qualifier });
    case "logGroup":
      return href(["logs", named.name]);
    case "activity":
      return href(["activities", named.arn]);
  }
}
