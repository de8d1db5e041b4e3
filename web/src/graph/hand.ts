// The picture under a hand: one pointer moves it, two fingers zoom it. In the studio the mouse takes states instead, a
// finger that rests on one (see studio/drag.ts), so that a finger that moves always moves the picture.

import { useRef } from "react";

/** A point (x, y) of the drawing is shown at (x * scale + view.x, y * scale + view.y). */
export interface View {
  x: number;
  y: number;
  scale: number;
}

interface Point {
  x: number;
  y: number;
}

/** A click may tremble: pixels that are none yet. */
const STILL = 4;

/** The view after two fingers went from one pair of places to another; points are of the element. */
export function pinched(view: View, from: readonly [Point, Point], to: readonly [Point, Point], smallest: number, largest: number): View {
  const length = ([a, b]: readonly [Point, Point]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
  const centre = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const scale = Math.min(largest, Math.max(smallest, (view.scale * length(to)) / length(from)));
  const [old, now, ratio] = [centre(from), centre(to), scale / view.scale];
  return { scale, x: now.x - (old.x - view.x) * ratio, y: now.y - (old.y - view.y) * ratio };
}

interface Hand {
  setView: React.Dispatch<React.SetStateAction<View>>;
  /** The person has moved the picture: it is not fitted any more. */
  touched: React.RefObject<boolean>;
  editing: boolean;
  /** Something is being dragged over the picture. */
  busy: () => boolean;
  smallest: number;
  largest: number;
}

export function useHand({ setView, touched, editing, busy, smallest, largest }: Hand) {
  const down = useRef(new Map<number, Point>());
  const moved = useRef(false);
  const gone = (event: React.PointerEvent) => void down.current.delete(event.pointerId);
  return {
    onPointerDown: (event: React.PointerEvent<SVGSVGElement>) => {
      const onState = (event.target as Element).closest("[data-id]:not(.region), [data-slot]");
      if (event.button !== 0 || (editing && onState && event.pointerType !== "touch")) return;
      if (!down.current.size) moved.current = false;
      down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove: (event: React.PointerEvent<SVGSVGElement>) => {
      const from = down.current.get(event.pointerId);
      if (!from) return;
      if (!event.buttons || busy()) return gone(event);
      const to = { x: event.clientX, y: event.clientY };
      if (!moved.current && Math.hypot(to.x - from.x, to.y - from.y) < STILL) return;
      moved.current = true;
      touched.current = true;
      event.currentTarget.setPointerCapture(event.pointerId);
      const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
      down.current.set(event.pointerId, to);
      if (!other) return setView((old) => ({ ...old, x: old.x + to.x - from.x, y: old.y + to.y - from.y }));
      const { left, top } = event.currentTarget.getBoundingClientRect();
      const inside = (point: Point) => ({ x: point.x - left, y: point.y - top });
      setView((old) => pinched(old, [inside(from), inside(other)], [inside(to), inside(other)], smallest, largest));
    },
    onPointerUp: gone,
    onPointerCancel: gone,
    // The click that ends a movement chooses nothing.
    onClickCapture: (event: React.MouseEvent) => {
      if (!moved.current) return;
      moved.current = false;
      event.stopPropagation();
    },
  };
}
