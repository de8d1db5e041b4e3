// Ctrl/Cmd-K: jump to anything by its name, or by any ARN that is pasted.

import { useEffect, useRef, useState } from "react";
import { all, ROOT } from "../aws/client";
import type { FunctionConfiguration, MachineEntry } from "../aws/types";
import { page, readArn } from "../lib/arn";
import { useData } from "../lib/data";
import { go, href } from "../lib/route";
import { place, theme, times } from "../lib/settings";
import { listFunctions } from "../pages/functions-data";
import { Icon, type IconName } from "../ui/Icon";
import { copyText, toast } from "../ui/parts";

interface Find {
  key: string;
  icon: IconName;
  name: string;
  note: string;
  /** Where it leads, or what it does. */
  to: string | (() => void);
}

const KINDS = { machine: "State machine", execution: "Execution", mapRun: "Map run", function: "Function", activity: "Activity" };

export function Palette({ onClose, onSheet }: { onClose: () => void; onSheet: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const where = place.get();
  const scope = `${where.account}/${where.region}`;
  const machines = useData(`machines ${scope}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
  const functions = useData(`functions ${scope}`, listFunctions);
  const found = find(text, machines.data ?? [], functions.data ?? [], onSheet);
  const chosen = Math.min(at, found.length - 1);

  useEffect(() => {
    const shown = dialog.current!;
    if (!shown.open) shown.showModal();
    return () => shown.close();
  }, []);
  useEffect(() => {
    dialog.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const open = (one: Find | undefined) => {
    if (!one) return;
    onClose();
    if (typeof one.to === "string") go(one.to);
    else one.to();
  };
  const keys = (event: React.KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((chosen + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(found[chosen]);
    }
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Search" onCancel={(event) => { event.preventDefault(); onClose(); }} onMouseDown={(event) => event.target === dialog.current && onClose()}>
      <input
        autoFocus
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[chosen] ? `found-${chosen}` : undefined}
        aria-label="Search, or paste an ARN"
        placeholder="State machine, function, command, or any ARN"
        value={text}
        spellCheck={false}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={keys}
      />
      {found.length ? (
        <ul role="listbox" id="found" aria-label="Results">
          {found.map((one, index) => (
            <li key={one.key} id={`found-${index}`} role="option" aria-selected={index === chosen} onMouseMove={() => setAt(index)} onClick={() => open(one)}>
              <Icon name={one.icon} /><span className="grow clip">{one.name}</span><small>{one.note}</small>
            </li>
          ))}
        </ul>
      ) : (
        <p>{text.trim().startsWith("arn:") ? "The console has no page for this ARN." : machines.loading && !machines.data ? "Loading…" : "Nothing has this name."}</p>
      )}
    </dialog>
  );
}

function find(text: string, machines: MachineEntry[], functions: FunctionConfiguration[], onSheet: () => void): Find[] {
  const named = readArn(text);
  if (named) {
    const to = page(named);
    return to ? [{ key: named.arn, icon: named.kind === "function" ? "function" : "machines", name: named.name, note: `${KINDS[named.kind]}: open`, to }] : [];
  }
  if (text.trim().startsWith("arn:")) return [];
  const all: Find[] = [
    ...machines.map(({ stateMachineArn, name, type }): Find => ({ key: stateMachineArn, icon: "machines", name, note: type === "EXPRESS" ? "Express state machine" : "State machine", to: href(["machines", stateMachineArn]) })),
    ...functions.map(({ FunctionArn, FunctionName }): Find => ({ key: FunctionArn, icon: "function", name: FunctionName, note: "Function", to: href(["functions", FunctionName]) })),
    ...commands(onSheet),
    // Further down: what one does with each machine, found by naming both.
    ...machines.flatMap(({ stateMachineArn, name }): Find[] => [
      { key: `start ${stateMachineArn}`, icon: "play", name: `Start ${name}`, note: "Command", to: href(["machines", stateMachineArn], { start: 1 }) },
      { key: `failed ${stateMachineArn}`, icon: "cross", name: `Failed executions of ${name}`, note: "Page", to: href(["machines", stateMachineArn], { status: "FAILED" }) },
      { key: `edit ${stateMachineArn}`, icon: "edit", name: `Edit ${name}`, note: "Page", to: href(["machines", stateMachineArn], { tab: "definition" }) },
    ]),
    ...functions.map(({ FunctionName }): Find => ({ key: `log ${FunctionName}`, icon: "log", name: `Log of ${FunctionName}`, note: "Page", to: href(["logs", `/aws/lambda/${FunctionName}`]) })),
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))).slice(0, 50);
}

function commands(onSheet: () => void): Find[] {
  return [
    { key: "machines", icon: "list", name: "State machines", note: "Page", to: href(["machines"]) },
    { key: "functions", icon: "list", name: "Functions", note: "Page", to: href(["functions"]) },
    { key: "dashboard", icon: "chart", name: "Dashboard", note: "Page", to: href(["dashboard"]) },
    { key: "logs", icon: "log", name: "Logs", note: "Page", to: href(["logs"]) },
    { key: "audit", icon: "audit", name: "Audit: who changed what", note: "Page", to: href(["audit"], { kind: "write" }) },
    { key: "create", icon: "plus", name: "Create state machine", note: "Command", to: href(["machines"], { create: 1 }) },
    { key: "keys", icon: "keyboard", name: "Keyboard shortcuts", note: "Command", to: onSheet },
    { key: "light", icon: "sun", name: "Theme: light", note: "Command", to: () => theme.set("light") },
    { key: "dark", icon: "moon", name: "Theme: dark", note: "Command", to: () => theme.set("dark") },
    { key: "system", icon: "system", name: "Theme: as the system", note: "Command", to: () => theme.set("system") },
    { key: "utc", icon: "clock", name: "Times in UTC", note: "Command", to: () => times.set("utc") },
    { key: "local", icon: "clock", name: "Times local", note: "Command", to: () => times.set("local") },
    { key: "ago", icon: "clock", name: "Times relative: how long ago", note: "Command", to: () => times.set("relative") },
    { key: "copy", icon: "copy", name: "Copy a link to this page", note: "Command", to: () => void copyText(location.href).then(() => toast("Copied the link")) },
    { key: "endpoint", icon: "copy", name: "Copy the server's address", note: "Command", to: () => void copyText(ROOT.replace(/\/$/, "")).then(() => toast("Copied the address")) },
  ];
}
