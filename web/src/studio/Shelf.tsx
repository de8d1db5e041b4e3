// The states browser: what can be added, to be dragged into the picture or chosen.

import { useEffect, useId, useState } from "react";
import { tile } from "../graph/Graph";
import { Icon } from "../ui/Icon";
import { Filter, Tabs } from "../ui/parts";
import { findActions, FLOW, PATTERNS, type Goods } from "./goods";

const ROOMS = [
  { id: "flow", name: "Flow" },
  { id: "actions", name: "Actions" },
  { id: "patterns", name: "Patterns" },
] as const;
type Room = (typeof ROOMS)[number]["id"];

interface Props {
  /** Chosen by click or Enter. */
  onPick: (goods: Goods) => void;
  /** A pointer went down on one: it may be dragged. */
  onGrab?: (goods: Goods, event: React.PointerEvent) => void;
  hint: string;
  autoFocus?: boolean;
}

export function Shelf({ onPick, onGrab, hint, autoFocus = false }: Props) {
  const [room, setRoom] = useState<Room>("flow");
  const [search, setSearch] = useState("");
  const actions = useActions(room === "actions" || search ? search : null);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (goods: Goods) => words.every((word) => `${goods.name} ${goods.hint}`.toLowerCase().includes(word));
  const id = useId();
  const shown = search ? [...FLOW.filter(fits), ...PATTERNS.filter(fits), ...actions] : room === "flow" ? FLOW : room === "patterns" ? PATTERNS : actions;
  return (
    <div className="shelf">
      <Filter value={search} onChange={setSearch} label="Find a state or action" first={autoFocus && !matchMedia("(pointer: coarse)").matches} />
      {!search && <Tabs tabs={ROOMS} value={room} onChange={setRoom} label="Kinds of states" />}
      <p className="hint" id={id}>{hint}</p>
      <ul aria-label={search ? "Found" : ROOMS.find((each) => each.id === room)!.name}>
        {shown.map((goods) => (
          <li key={goods.id}>
            <button type="button" aria-describedby={id} onClick={() => onPick(goods)} onPointerDown={(event) => onGrab?.(goods, event)}>
              <span className="glyph small" style={{ background: tile(goods.icon) }}><Icon name={goods.icon} size={14} /></span>
              <span className="grow stack"><span className="clip">{goods.name}</span><small className="clip">{goods.hint}</small></span>
            </button>
          </li>
        ))}
      </ul>
      {!shown.length && <p className="hint" style={{ padding: "8px 12px" }}>{search ? `Nothing fits “${search}”. Name a service and what it does, like “s3 get object”.` : "Loading"}</p>}
    </div>
  );
}

function useActions(search: string | null): readonly Goods[] {
  const [found, setFound] = useState<readonly Goods[]>([]);
  useEffect(() => {
    if (search === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => findActions(search, abort.signal).then((goods) => !abort.signal.aborted && setFound(goods), () => undefined), search ? 150 : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [search]);
  return found;
}
