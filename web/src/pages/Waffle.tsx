// Many things as small squares, coloured by status: where the red ones are is seen at once.

import { useRef, useState } from "react";
import { go } from "../lib/route";
import { look } from "../ui/Status";

export interface Cell {
  id: string;
  href: string;
  status: string;
  name: string;
}

/** One stop for the Tab key; arrows move, Enter opens. The list below has the same as text. */
export function Waffle({ cells, label }: { cells: readonly Cell[]; label: string }) {
  const [at, setAt] = useState(0);
  const host = useRef<HTMLDivElement>(null);
  const shown = cells[Math.min(at, cells.length - 1)]!;
  const move = (event: React.KeyboardEvent) => {
    if (event.key === "Enter") return go(shown.href);
    const across = Math.max(1, Math.floor((host.current?.clientWidth ?? 14) / 14));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across, Home: 0, End: cells.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(cells.length - 1, next)));
  };
  const find = (event: React.MouseEvent) => {
    const index = Number((event.target as HTMLElement).dataset.index ?? NaN);
    return Number.isNaN(index) ? undefined : index;
  };
  return (
    <div className="waffle-card">
      <div ref={host} className="waffle" role="application" tabIndex={0} aria-label={`${label}. Arrow keys move, Enter opens.`} aria-describedby="waffle-now" onKeyDown={move} onMouseOver={(event) => { const index = find(event); if (index !== undefined) setAt(index); }} onClick={(event) => { const index = find(event); if (index !== undefined) go(cells[index]!.href); }}>
        {cells.map((cell, index) => <i key={cell.id} data-index={index} className={`${look(cell.status).tone} ${index === at ? "at" : ""}`} />)}
      </div>
      <p id="waffle-now" className="soft" aria-live="polite"><span className="num">{shown.name}</span>: {look(shown.status).word}</p>
    </div>
  );
}
