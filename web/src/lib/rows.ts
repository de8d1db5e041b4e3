// Long lists: only the rows in sight are drawn, between two spacers.

import { useEffect, useRef, useState } from "react";

const BEYOND = 12;

/** `host` stands inside an element that scrolls; rows are `height` pixels high. */
export function useRows<T extends HTMLElement>(count: number, height: number) {
  const host = useRef<T>(null);
  const [seen, setSeen] = useState({ first: 0, last: 60 });
  useEffect(() => {
    const scroller = scrollerOf(host.current);
    if (!scroller || !host.current) return;
    const look = () => {
      const top = scroller.getBoundingClientRect().top - host.current!.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / height) - BEYOND);
      const last = Math.ceil((top + scroller.clientHeight) / height) + BEYOND;
      setSeen((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    look();
    scroller.addEventListener("scroll", look, { passive: true });
    const watcher = new ResizeObserver(look);
    watcher.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", look);
      watcher.disconnect();
    };
  }, [count, height]);
  const first = Math.min(seen.first, Math.max(0, count - 1));
  const last = Math.min(count, Math.max(seen.last, first));
  return { host, first, last, before: first * height, after: Math.max(0, count - last) * height };
}

function scrollerOf(element: HTMLElement | null): HTMLElement | null {
  for (let at = element?.parentElement ?? null; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  return null;
}
