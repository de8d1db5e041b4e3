// A definition for elsewhere: copied or saved as JSON, YAML, code for other tools, or a picture.

import { asBoto3, asCli, asSam, asTerraform } from "../asl/snippets";
import { plain } from "../asl/tree";
import { ask, ROOT } from "../aws/client";
import type { Machine } from "../aws/types";
import { Icon } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { copyText, toast } from "../ui/parts";
import { savePicture, saveText } from "./pictures";

interface Form {
  name: string;
  hint: string;
  /** What the file's name ends in. */
  ending: string;
  make: () => string | Promise<string>;
}

export function ExportMenu({ text, machine }: { text: string; machine: Machine }) {
  const subject = { ...machine, definition: text };
  const endpoint = ROOT.replace(/\/$/, "");
  const rendered = (format: string, definition = text) => ask<{ text: string }>("render", { definition, format }).then((answer) => answer.text);
  const forms: Form[] = [
    { name: "JSON", hint: "as it is", ending: ".asl.json", make: () => text },
    { name: "YAML", hint: "", ending: ".asl.yaml", make: () => rendered("yaml") },
    { name: "Terraform", hint: "aws_sfn_state_machine", ending: ".tf", make: () => asTerraform(subject) },
    { name: "SAM", hint: "CloudFormation", ending: ".template.yaml", make: async () => asSam(subject, await rendered("yaml")) },
    { name: "AWS CLI", hint: "create-state-machine", ending: ".sh", make: () => asCli(subject, endpoint) },
    { name: "Python", hint: "boto3", ending: ".py", make: () => asBoto3(subject, endpoint) },
    { name: "Flowchart", hint: "Mermaid", ending: ".mmd", make: () => rendered("mermaid", plain(text)) },
  ];
  const name = machine.name || "workflow";
  const told = (error: Error) => toast(error.message, true);
  const copy = (form: Form) => () => void Promise.resolve(form.make()).then(copyText).then(() => toast(`Copied as ${form.name}`), told);
  const save = (form: Form) => () => void Promise.resolve(form.make()).then((made) => saveText(made, `${name}${form.ending}`), told);
  const picture = (format: "svg" | "png") => () => void savePicture(text, name, format).catch(told);
  return (
    <Menu label="Copy or save" look="" items={[
      "Copy as",
      ...forms.map((form) => ({ name: form.name, hint: form.hint, icon: "copy" as const, act: copy(form) })),
      "Save as a file",
      { name: "Picture", hint: "SVG", icon: "graph", act: picture("svg") },
      { name: "Picture", hint: "PNG", icon: "graph", act: picture("png") },
      ...forms.map((form) => ({ name: form.name, hint: form.ending, icon: "list" as const, act: save(form) })),
    ]}><Icon name="copy" size={13} />Export<Icon name="down" size={12} /></Menu>
  );
}
