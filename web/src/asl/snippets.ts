// A state machine as the lines that make it elsewhere.

import type { Machine, MachineKind } from "../aws/types";

/** In single quotes for a POSIX shell. */
export function shell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A Python literal of a string, over several lines where it has some. */
export function python(text: string): string {
  if (text.includes("\n") && !text.includes('"""') && !/[\\]|"$/.test(text)) return `"""\n${text}\n"""`;
  return JSON.stringify(text);
}

function hcl(text: string): string {
  return text.replaceAll("${", "$${").replaceAll("%{", "%%{");
}

type Subject = Pick<Machine, "name" | "type" | "roleArn"> & { definition: string };

export function asCli({ name, type, roleArn, definition }: Subject, endpoint: string): string {
  return [
    `aws stepfunctions create-state-machine --endpoint-url ${shell(endpoint)}`,
    `  --name ${shell(name)} --type ${type}`,
    `  --role-arn ${shell(roleArn)}`,
    `  --definition ${shell(definition)}`,
  ].join(" \\\n");
}

export function asBoto3({ name, type, roleArn, definition }: Subject, endpoint: string): string {
  return `import boto3

client = boto3.client("stepfunctions", endpoint_url=${JSON.stringify(endpoint)})
client.create_state_machine(
    name=${JSON.stringify(name)},
    type="${type}",
    roleArn=${JSON.stringify(roleArn)},
    definition=${python(definition)},
)
`;
}

/** What stands in `\${...}` already is Terraform's and stays. */
export function asTerraform({ name, type, roleArn, definition }: Subject): string {
  const filled = /(?<!\$)\$\{/.test(definition) ? definition : hcl(definition);
  return `resource "aws_sfn_state_machine" "${name.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_").toLowerCase()}" {
  name     = ${JSON.stringify(name)}
  type     = "${type}"
  role_arn = ${JSON.stringify(roleArn)}

  definition = <<-EOT
${filled.replaceAll(/^/gm, "    ")}
  EOT
}
`;
}

/** A template of SAM, around the definition as YAML. Placeholders are CloudFormation's to fill in. */
export function asSam({ name, type, roleArn }: Omit<Subject, "definition">, yaml: string): string {
  const names = [...new Set([...yaml.matchAll(/(?<!\$)\$\{([\w.-]+)\}/g)].map(([, found]) => found!))];
  return `Transform: AWS::Serverless-2016-10-31
Resources:
  ${name.replaceAll(/[^A-Za-z0-9]/g, "") || "StateMachine"}:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: ${JSON.stringify(name)}
      Type: ${type}
      Role: ${roleArn}
${names.length ? `      DefinitionSubstitutions:\n${names.map((each) => `        ${each}: ""\n`).join("")}` : ""}      Definition:
${yaml.trimEnd().replaceAll(/^(?=.)/gm, "        ")}
`;
}

interface Start {
  arn: string;
  kind: MachineKind;
  input: string;
  name?: string;
}

export function startCli({ arn, kind, input, name }: Start, endpoint: string): string {
  const verb = kind === "EXPRESS" ? "start-sync-execution" : "start-execution";
  return `aws stepfunctions ${verb} --endpoint-url ${shell(endpoint)} --state-machine-arn ${shell(arn)}${name ? ` --name ${shell(name)}` : ""} --input ${shell(input)}`;
}

export function startBoto3({ arn, kind, input, name }: Start, endpoint: string): string {
  const named = name ? `    name=${JSON.stringify(name)},\n` : "";
  return `import boto3

client = boto3.client("stepfunctions", endpoint_url=${JSON.stringify(endpoint)})
answer = client.${kind === "EXPRESS" ? "start_sync_execution" : "start_execution"}(
    stateMachineArn=${JSON.stringify(arn)},
${named}    input=${python(input)},
)
`;
}
