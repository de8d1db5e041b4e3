// What must not move on the screen when a picture is drawn anew.

import type { Box, Drawing } from "./drawing";

export interface Seen {
  drawing: Drawing;
  selected: string | null;
}

/** A box before and after: the selected one (renamed, too), else the one nearest to a point, which is in the old picture. */
export function anchorOf(before: Seen, after: Seen, near: { x: number; y: number }): [Box, Box] | null {
  const old = new Map(before.drawing.boxes.map((box) => [box.id, box]));
  const now = new Map(after.drawing.boxes.map((box) => [box.id, box]));
  const [was, is] = [before.selected, after.selected];
  for (const id of [is, was]) if (id !== null && old.has(id) && now.has(id)) return [old.get(id)!, now.get(id)!];
  if (was !== null && is !== null && old.has(was) && now.has(is)) return [old.get(was)!, now.get(is)!];
  let best: [Box, Box] | null = null;
  let shortest = Infinity;
  for (const [id, box] of old) {
    const other = now.get(id);
    const distance = Math.hypot(box.x + box.width / 2 - near.x, box.y + Math.min(box.height, 60) / 2 - near.y);
    if (other && distance < shortest) [best, shortest] = [[box, other], distance];
  }
  return best;
}

/** How far the picture moved under the anchor: the top of a box stays, and its middle from left to right. */
export function shift([old, now]: [Box, Box]): { x: number; y: number } {
  return { x: old.x + old.width / 2 - now.x - now.width / 2, y: old.y - now.y };
}
