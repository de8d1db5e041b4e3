// Dragging with mouse, pen or finger: from the shelf or from the picture onto a slot. The nearest slot lights up. A finger
// takes what it rests on for a moment; when it moves at once it scrolls, as everywhere.

import { useCallback, useEffect, useRef, useState } from "react";
import type { Goods } from "./goods";

export type Load = { kind: "goods"; goods: Goods; name: string } | { kind: "state"; pointer: string; name: string };

export interface Dragging {
  load: Load;
  x: number;
  y: number;
  target: string | null;
}

/** Milliseconds that a finger rests before it takes something. */
const REST = 320;

/** Pixels that a pointer moves before it drags, and within which a slot takes what is dropped. */
const START = 6;
const REACH = 70;

interface Held {
  load: Load;
  x: number;
  y: number;
  moved: boolean;
  target: string | null;
  resting?: ReturnType<typeof setTimeout>;
}

function nearest(x: number, y: number, load: Load): string | null {
  let best: string | null = null;
  let shortest = REACH;
  for (const element of document.querySelectorAll<SVGElement | HTMLElement>("[data-slot]")) {
    const id = element.dataset.slot!;
    if (load.kind === "state" && id.startsWith(`${load.pointer}/`)) continue;
    const box = element.getBoundingClientRect();
    // From a + as from its middle, from a field to drop into as from its edge.
    const reach = element instanceof SVGElement ? [0, 0] : [box.width / 2, box.height / 2];
    const distance = Math.hypot(Math.max(0, Math.abs(box.x + box.width / 2 - x) - reach[0]!), Math.max(0, Math.abs(box.y + box.height / 2 - y) - reach[1]!));
    if (distance < shortest) [best, shortest] = [id, distance];
  }
  return best;
}

export function useDragging(drop: (load: Load, slot: string) => void): { dragging: Dragging | null; grab: (load: Load, event: React.PointerEvent) => void; wasDragged: () => boolean } {
  const [dragging, setDragging] = useState<Dragging | null>(null);
  const held = useRef<Held | null>(null);
  const ended = useRef(0);
  const latest = useRef(drop);
  latest.current = drop;

  const grab = useCallback((load: Load, event: React.PointerEvent) => {
    if (event.button !== 0) return;
    clearTimeout(held.current?.resting);
    // A second finger means to zoom.
    if (!event.isPrimary) return void (held.current = null);
    const from: Held = { load, x: event.clientX, y: event.clientY, moved: false, target: null };
    held.current = from;
    if (event.pointerType !== "touch") return;
    from.resting = setTimeout(() => {
      from.moved = true;
      navigator.vibrate?.(10);
      setDragging({ load, x: from.x, y: from.y, target: null });
    }, REST);
  }, []);
  useEffect(() => {
    const move = (event: PointerEvent) => {
      const from = held.current;
      if (!from) return;
      if (!from.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < START) return;
      if (!from.moved && event.pointerType === "touch") return stop();
      from.moved = true;
      event.preventDefault();
      from.target = nearest(event.clientX, event.clientY, from.load);
      setDragging({ load: from.load, x: event.clientX, y: event.clientY, target: from.target });
    };
    const up = () => {
      const from = held.current;
      clearTimeout(from?.resting);
      held.current = null;
      if (!from?.moved) return;
      ended.current = Date.now();
      setDragging(null);
      // The one that is lit, not what has slid below the pointer since.
      if (from.target) latest.current(from.load, from.target);
    };
    const stop = () => {
      clearTimeout(held.current?.resting);
      held.current = null;
      setDragging(null);
    };
    // While a finger drags, nothing scrolls and no menu opens.
    const hold = (event: Event) => void (held.current?.moved && event.cancelable && event.preventDefault());
    const escape = (event: KeyboardEvent) => void (event.key === "Escape" && held.current?.moved && stop());
    const second = (event: PointerEvent) => void (!event.isPrimary && stop());
    addEventListener("pointerdown", second);
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", stop);
    addEventListener("keydown", escape);
    addEventListener("touchmove", hold, { passive: false });
    addEventListener("contextmenu", hold);
    return () => {
      removeEventListener("pointerdown", second);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", stop);
      removeEventListener("keydown", escape);
      removeEventListener("touchmove", hold);
      removeEventListener("contextmenu", hold);
    };
  }, []);
  // The click that a browser makes of the end of a drag is none.
  const wasDragged = useCallback(() => Date.now() - ended.current < 80, []);
  return { dragging, grab, wasDragged };
}
