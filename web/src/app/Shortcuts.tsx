// What the keyboard does, everywhere: the sheet behind `?`, and the keys that no page owns.

import { useEffect } from "react";
import { go, href } from "../lib/route";
import { Dialog } from "../ui/parts";

export const ROOMS: Record<string, string> = { m: "machines", f: "functions", d: "dashboard", l: "logs", a: "audit" };

const SHEET: { title: string; keys: [string, string][] }[] = [
  {
    title: "Everywhere",
    keys: [
      ["Ctrl K or /", "Search, commands, any ARN"],
      ["?", "This sheet"],
      ["Esc", "Close what is open"],
      ["g m", "State machines"],
      ["g f", "Functions"],
      ["g d", "Dashboard"],
      ["g l", "Logs"],
      ["g a", "Audit"],
    ],
  },
  {
    title: "Lists",
    keys: [
      ["j  k", "Next, previous row"],
      ["Enter", "Open the row"],
      ["x", "Select the row"],
    ],
  },
  {
    title: "Graphs and charts",
    keys: [
      ["Arrow keys", "From state to state; from time to time"],
      ["Enter", "Open the state"],
    ],
  },
  {
    title: "Editors",
    keys: [
      ["Ctrl Enter", "Start, invoke"],
      ["Ctrl F", "Find"],
      ["Esc, then Tab", "Leave the editor"],
    ],
  },
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div className="shortcuts">
        {SHEET.map(({ title, keys }) => (
          <div key={title}>
            <h3>{title}</h3>
            {keys.map(([key, what]) => <div key={key}><span>{what}</span><kbd>{key}</kbd></div>)}
          </div>
        ))}
      </div>
    </Dialog>
  );
}

interface Openers {
  search: () => void;
  sheet: () => void;
}

/** Keys of the whole console. Nothing is taken while somebody types or a dialog is open. */
export function useKeys({ search, sheet }: Openers): void {
  useEffect(() => {
    let leader = 0;
    const keys = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return search();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || busy(event.target)) return;
      const led = Date.now() - leader < 1200;
      leader = 0;
      if (led && ROOMS[event.key]) return go(href([ROOMS[event.key]!]));
      const act = { "/": search, "?": sheet, g: () => { leader = Date.now(); }, j: () => step(1), k: () => step(-1), x: pick }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  });
}

function busy(target: EventTarget | null): boolean {
  const field = target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]");
  return Boolean(field) || document.querySelector("dialog[open], [role=menu]") !== null;
}

/** Focus the link of the next or previous row of the list. */
function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("#main .link-row")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.querySelector<HTMLElement>("a")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function pick(): void {
  document.activeElement?.closest(".link-row")?.querySelector<HTMLElement>("input[type=checkbox]")?.click();
}
