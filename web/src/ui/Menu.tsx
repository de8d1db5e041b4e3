// A button that opens a few actions: arrow keys move, Escape and a click elsewhere close.

import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

export interface Item {
  name: string;
  icon?: IconName;
  /** Said more quietly behind the name. */
  hint?: string;
  danger?: boolean;
  disabled?: boolean;
  act: () => void;
}

/** Null among the items is a line between them; a text begins a group of its own, beside the others where there is room. */
export function Menu({ label, items, children, small = true, look = "quiet" }: { label: string; items: readonly (Item | string | null)[]; children?: ReactNode; small?: boolean; look?: "quiet" | "" | "primary" }) {
  const [place, setPlace] = useState<{ top: number; right: number } | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = (back = true) => {
    setPlace(null);
    if (back) button.current?.focus();
  };
  const open = () => {
    const box = button.current!.getBoundingClientRect();
    setPlace({ top: Math.max(8, Math.min(box.bottom + 4, innerHeight - 44 - Math.max(...groupsOf(items).map(({ own }) => own.length)) * 36)), right: innerWidth - box.right });
  };
  useEffect(() => {
    if (!place) return;
    list.current?.querySelector<HTMLElement>("[role=menuitem]:not(:disabled)")?.focus();
    const away = (event: Event) => void (!list.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node) && setPlace(null));
    const gone = () => setPlace(null);
    addEventListener("pointerdown", away);
    addEventListener("scroll", away, true);
    addEventListener("resize", gone);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("scroll", away, true);
      removeEventListener("resize", gone);
    };
  }, [place]);
  const keys = (event: React.KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      return close();
    }
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const all = [...list.current!.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)")];
    all[(all.indexOf(document.activeElement as HTMLElement) + move + all.length) % all.length]?.focus();
  };
  const entry = (item: Item | null, index: number) => item === null ? <hr key={index} /> : (
    <button key={index} type="button" role="menuitem" tabIndex={-1} className={item.danger ? "danger" : undefined} disabled={item.disabled} onClick={() => { close(); item.act(); }}>
      {item.icon && <Icon name={item.icon} size={14} />}
      <span className="grow">{item.name}</span>
      {item.hint && <small>{item.hint}</small>}
    </button>
  );
  return (
    <>
      <button ref={button} type="button" className={`btn ${look} ${small ? "small" : ""} ${children ? "" : "icon"}`} aria-haspopup="menu" aria-expanded={place !== null} aria-controls={place ? id : undefined} aria-label={children ? undefined : label} title={label} onClick={() => (place ? close() : open())}>
        {children ?? <Icon name="more" />}
      </button>
      {place && (
        <div ref={list} id={id} className="menu" role="menu" aria-label={label} style={place} onKeyDown={keys}>
          {groupsOf(items).map(({ heading, own }) => heading === "" ? own.map(entry) : <div key={heading} role="group" aria-label={heading}><p role="presentation">{heading}</p>{own.map(entry)}</div>)}
        </div>
      )}
    </>
  );
}

function groupsOf(items: readonly (Item | string | null)[]): { heading: string; own: (Item | null)[] }[] {
  const found: { heading: string; own: (Item | null)[] }[] = [{ heading: "", own: [] }];
  for (const item of items) {
    if (typeof item === "string") found.push({ heading: item, own: [] });
    else found.at(-1)!.own.push(item);
  }
  return found;
}
