// Ctrl/Cmd-K: jump to anything by its name, or by any ARN that is pasted.

import { useEffect, useRef, useState } from "react";
import { all, lambda } from "../aws/client";
import type { FunctionConfiguration, MachineEntry } from "../aws/types";
import { page, readArn } from "../lib/arn";
import { useData } from "../lib/data";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { Icon, type IconName } from "../ui/Icon";

interface Find {
  key: string;
  icon: IconName;
  name: string;
  note: string;
  to: string;
}

const KINDS = { machine: "State machine", execution: "Execution", mapRun: "Map run", function: "Function", activity: "Activity" };

export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const where = place.get();
  const scope = `${where.account}/${where.region}`;
  const machines = useData(`machines ${scope}`, (signal) => all<MachineEntry>("ListStateMachines", "stateMachines", {}, signal));
  const functions = useData(`functions ${scope}`, listFunctions);
  const found = find(text, machines.data ?? [], functions.data ?? []);
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
    go(one.to);
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
        placeholder="Name of a state machine or function, or any ARN"
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

export async function listFunctions(signal?: AbortSignal): Promise<FunctionConfiguration[]> {
  const found: FunctionConfiguration[] = [];
  let marker: string | undefined;
  do {
    const response = await lambda("GET", `/functions/?MaxItems=1000${marker ? `&Marker=${encodeURIComponent(marker)}` : ""}`, undefined, {}, signal);
    const body = (await response.json()) as { Functions: FunctionConfiguration[]; NextMarker?: string };
    found.push(...body.Functions);
    marker = body.NextMarker ?? undefined;
  } while (marker);
  return found;
}

function find(text: string, machines: MachineEntry[], functions: FunctionConfiguration[]): Find[] {
  const named = readArn(text);
  if (named) {
    const to = page(named);
    return to ? [{ key: named.arn, icon: named.kind === "function" ? "function" : "machines", name: named.name, note: `${KINDS[named.kind]}: open`, to }] : [];
  }
  if (text.trim().startsWith("arn:")) return [];
  const all: Find[] = [
    ...machines.map(({ stateMachineArn, name, type }): Find => ({ key: stateMachineArn, icon: "machines", name, note: type === "EXPRESS" ? "Express state machine" : "State machine", to: href(["machines", stateMachineArn]) })),
    ...functions.map(({ FunctionArn, FunctionName }): Find => ({ key: FunctionArn, icon: "function", name: FunctionName, note: "Function", to: href(["functions", FunctionName]) })),
    { key: "page machines", icon: "list", name: "State machines", note: "Page", to: href(["machines"]) },
    { key: "page create", icon: "plus", name: "Create state machine", note: "Action", to: href(["machines"], { create: 1 }) },
    { key: "page functions", icon: "list", name: "Functions", note: "Page", to: href(["functions"]) },
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))).slice(0, 50);
}
