// Ctrl/Cmd-K: jump to anything by its name, or by any ARN that is pasted.

import { useEffect, useRef, useState } from "react";
import { all, ROOT } from "../aws/client";
import type { FunctionConfiguration, MachineEntry } from "../aws/types";
import { machineArn, page, placeOf, readArn, type Named } from "../lib/arn";
import { useData } from "../lib/data";
import { go, href, useRoute } from "../lib/route";
import { place, theme, times } from "../lib/settings";
import { listFunctions } from "../pages/functions-data";
import { Icon, type IconName } from "../ui/Icon";
import { copyText, toast, useModal } from "../ui/parts";

interface Find {
  key: string;
  icon: IconName;
  name: string;
  note: string;
  /** Where it leads, or what it does. */
  to: string | (() => void);
}

const KINDS: Record<Named["kind"], { name: string; icon: IconName }> = {
  machine: { name: "State machine", icon: "machines" },
  execution: { name: "Execution", icon: "play" },
  mapRun: { name: "Map run", icon: "map" },
  function: { name: "Function", icon: "function" },
  activity: { name: "Activity", icon: "activity" },
  logGroup: { name: "Log group", icon: "log" },
};
/** What an ARN of ours looks like that names something the console has no page for. */
const NO_PAGE = "The console has no page for this ARN: it opens state machines, versions and aliases, executions, map runs, activities, functions and log groups.";

export function Palette({ onClose, onSheet }: { onClose: () => void; onSheet: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const where = place.get();
  const scope = `${where.account}/${where.region}`;
  const machines = useData(`machines ${scope}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
  const functions = useData(`functions ${scope}`, listFunctions);
  const { path } = useRoute();
  const found = find(text, machines.data ?? [], functions.data ?? [], path, onSheet);
  const chosen = Math.min(at, found.length - 1);

  useModal(dialog);
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
        <p>{text.trim().startsWith("arn:") ? NO_PAGE : machines.loading && !machines.data ? "Loading…" : "Nothing has this name."}</p>
      )}
    </dialog>
  );
}

function find(text: string, machines: MachineEntry[], functions: FunctionConfiguration[], path: readonly string[], onSheet: () => void): Find[] {
  const named = readArn(text);
  if (named) return [jump(named)];
  if (text.trim().startsWith("arn:")) return [];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all: Find[] = [
    ...here(path),
    // Who has typed nothing yet learns what there is to do; who types means a name.
    ...(words.length ? [] : commands(onSheet)),
    ...machines.map(({ stateMachineArn, name, type }): Find => ({ key: stateMachineArn, icon: "machines", name, note: type === "EXPRESS" ? "Express state machine" : "State machine", to: href(["machines", stateMachineArn]) })),
    ...functions.map(({ FunctionArn, FunctionName }): Find => ({ key: FunctionArn, icon: "function", name: FunctionName, note: "Function", to: href(["functions", FunctionName]) })),
    ...(words.length ? commands(onSheet) : []),
    // Further down: what one does with each machine, found by naming both.
    ...machines.flatMap(({ stateMachineArn, name }): Find[] => [
      { key: `start ${stateMachineArn}`, icon: "play", name: `Start ${name}`, note: "Command", to: href(["machines", stateMachineArn], { start: 1 }) },
      { key: `failed ${stateMachineArn}`, icon: "cross", name: `Failed executions of ${name}`, note: "Page", to: href(["machines", stateMachineArn], { status: "FAILED" }) },
      { key: `edit ${stateMachineArn}`, icon: "edit", name: `Edit ${name}`, note: "Page", to: href(["machines", stateMachineArn], { tab: "definition" }) },
    ]),
    ...functions.map(({ FunctionName }): Find => ({ key: `log ${FunctionName}`, icon: "log", name: `Log of ${FunctionName}`, note: "Page", to: href(["logs", `/aws/lambda/${FunctionName}`]) })),
  ];
  return all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))).slice(0, 50);
}

function jump(named: Named): Find {
  const { name, icon } = KINDS[named.kind];
  const note = "qualifier" in named && named.qualifier ? `${name}, ${/^\d+$/.test(named.qualifier) ? "version" : "alias"} ${named.qualifier}: open` : named.kind === "execution" && named.express ? "Express execution: open" : `${name}: open`;
  return {
    key: named.arn,
    icon,
    name: named.name,
    note,
    to: () => {
      // Functions and log groups are known by name, in the place that is chosen.
      const where = placeOf(named.arn);
      if (where && (named.kind === "function" || named.kind === "logGroup")) place.set(where);
      go(page(named));
    },
  };
}

/** What one does with what the page shows comes first. */
function here([room, name]: readonly string[]): Find[] {
  if (!name) return [];
  if (room === "machines") {
    return [
      { key: "here start", icon: "play", name: "Start an execution of this state machine", note: "Here", to: href(["machines", name], { start: 1 }) },
      { key: "here edit", icon: "edit", name: "Edit this state machine", note: "Here", to: href(["machines", name], { tab: "definition" }) },
      { key: "here design", icon: "graph", name: "Design this state machine in the studio", note: "Here", to: href(["machines", name, "edit"]) },
    ];
  }
  if (room === "executions") {
    return [
      { key: "here compare", icon: "branch", name: "Compare this execution with another", note: "Here", to: href(["compare"], { left: name }) },
      { key: "here log", icon: "log", name: "Log of this execution", note: "Here", to: href(["logs"], { execution: name }) },
      { key: "here like", icon: "play", name: "Start an execution like this one", note: "Here", to: href(["machines", machineArn(name)], { start: 1, like: name }) },
    ];
  }
  return room === "functions" ? [{ key: "here log", icon: "log", name: "Log of this function", note: "Here", to: href(["logs", `/aws/lambda/${name}`]) }] : [];
}

function commands(onSheet: () => void): Find[] {
  return [
    { key: "machines", icon: "list", name: "State machines", note: "Page", to: href(["machines"]) },
    { key: "functions", icon: "list", name: "Functions", note: "Page", to: href(["functions"]) },
    { key: "dashboard", icon: "chart", name: "Dashboard", note: "Page", to: href(["dashboard"]) },
    { key: "logs", icon: "log", name: "Logs", note: "Page", to: href(["logs"]) },
    { key: "audit", icon: "audit", name: "Audit: who changed what", note: "Page", to: href(["audit"], { kind: "write" }) },
    { key: "create", icon: "plus", name: "Create state machine", note: "Command", to: href(["machines"], { create: 1 }) },
    { key: "create function", icon: "plus", name: "Create function", note: "Command", to: href(["functions"], { create: 1 }) },
    { key: "compare", icon: "branch", name: "Compare two executions", note: "Page", to: href(["compare"]) },
    { key: "import", icon: "list", name: "Import a history from a file", note: "Page", to: href(["import"]) },
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
