// What of a picture is seen first: all of it, or all that a run has reached, as long as it can be read; otherwise the
// place that matters, at a size that can be read.

import type { Overlay } from "../history/fold";
import type { Box, Drawing } from "./drawing";
import type { View } from "./hand";

export interface Room {
  width: number;
  height: number;
}

export const SMALLEST = 0.08;
export const LARGEST = 2.5;
const MARGIN = 14;
/** Names are 13 pixels high: smaller than this nobody reads them with ease, and than that only with pains. */
const READABLE = 0.86;
const ENDURABLE = 0.7;
/** What fits easily is not blown up. */
const MOST = 1.15;

interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Everything, however small. */
export function wholeView(drawing: Drawing, room: Room): View {
  return framed({ x: 0, y: 0, width: drawing.width, height: drawing.height }, drawing, room);
}

export function firstView(drawing: Drawing, overlay: Overlay | null, room: Room): View {
  const whole = wholeView(drawing, room);
  if (whole.scale >= READABLE) return whole;
  const focus = overlay && focusOf(drawing, overlay);
  if (overlay?.nodes.size) {
    const reached = framed(around(drawing.boxes.filter((box) => overlay.nodes.has(box.id) || box.kind === "Start")), drawing, room);
    if (reached.scale >= READABLE) return reached;
  }
  // The full width matters more than the last pixel of the letters.
  const scale = Math.min(READABLE, Math.max(ENDURABLE, whole.scale, (room.width - 2 * MARGIN) / drawing.width));
  const start = drawing.boxes.find((box) => box.kind === "Start") ?? drawing.boxes[0];
  const at = focus ?? start;
  const middle = at ? at.x + at.width / 2 : drawing.width / 2;
  // From the beginning, where the place that matters is seen from there.
  const low = focus ? (focus.y + Math.min(focus.height, 90)) * scale + 2 * MARGIN : 0;
  const y = focus && low > room.height ? room.height / 2 - (focus.y + Math.min(focus.height, 60) / 2) * scale : MARGIN;
  return placed({ scale, x: room.width / 2 - middle * scale, y }, drawing, room);
}

/** Where a run is: what runs or has failed, the innermost of it, the first if there are several. */
export function focusOf(drawing: Drawing, overlay: Overlay): Box | null {
  const of = (status: string) => drawing.boxes.filter((box) => overlay.nodes.get(box.id)?.status === status);
  const candidates = [of("failed"), of("running"), of("timedOut")].find((boxes) => boxes.length) ?? [];
  return candidates.toSorted((one, other) => Number(one.container) - Number(other.container) || one.y - other.y || one.x - other.x)[0] ?? null;
}

/** The view, moved as little as needed to have a box in it. */
export function showing(view: View, box: Frame, room: Room): View {
  const [left, top, height] = [box.x * view.scale + view.x, box.y * view.scale + view.y, Math.min(box.height, 60) * view.scale];
  if (left >= 0 && top >= 0 && left + box.width * view.scale <= room.width && top + height <= room.height) return view;
  return { ...view, x: room.width / 2 - (box.x + box.width / 2) * view.scale, y: room.height / 2 - (box.y + Math.min(box.height, 60) / 2) * view.scale };
}

function around(boxes: readonly Frame[]): Frame {
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  return { x, y, width: Math.max(...boxes.map((box) => box.x + box.width)) - x, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

/** As large as it fits, in the middle. */
function framed(frame: Frame, drawing: Drawing, room: Room): View {
  const scale = Math.max(SMALLEST, Math.min(MOST, (room.width - 2 * MARGIN) / frame.width, (room.height - 2 * MARGIN) / frame.height));
  return placed({ scale, x: (room.width - frame.width * scale) / 2 - frame.x * scale, y: (room.height - frame.height * scale) / 2 - frame.y * scale }, drawing, room);
}

/** A view that shows no more emptiness beside the drawing than it must. */
function placed({ scale, x, y }: View, drawing: Drawing, room: Room): View {
  const along = (at: number, size: number, space: number) => {
    const most = space - size * scale;
    return most >= 2 * MARGIN ? most / 2 : Math.min(MARGIN, Math.max(most - MARGIN, at));
  };
  return { scale, x: along(x, drawing.width, room.width), y: along(y, drawing.height, room.height) };
}

/** A part outside that is not worth a map. */
const SLIGHT = 0.06;

/** Whether a part of the drawing lies outside that is worth a map. */
export function isCut(view: View, drawing: Drawing, room: Room): boolean {
  const outside = (at: number, size: number, space: number) => Math.max(0, -at) + Math.max(0, at + size * view.scale - space) > size * view.scale * SLIGHT;
  return outside(view.x, drawing.width, room.width) || outside(view.y, drawing.height, room.height);
}

export type Corner = "top right" | "bottom right" | "bottom left" | "top left";

/** The corner in which a map of so many pixels hides the least. */
export function freeCorner(view: View, drawing: Drawing, room: Room, map: Room): Corner {
  const corners: Corner[] = ["top right", "bottom right", "bottom left", "top left"];
  const hidden = (corner: Corner) => {
    const [left, top] = [corner.endsWith("right") ? room.width - map.width : 0, corner.startsWith("bottom") ? room.height - map.height : 0];
    return drawing.boxes.reduce((sum, box) => {
      // Of a container its head counts.
      const [x, y, width, height] = [box.x * view.scale + view.x, box.y * view.scale + view.y, box.width * view.scale, (box.container ? 44 : box.height) * view.scale];
      return sum + Math.max(0, Math.min(x + width, left + map.width) - Math.max(x, left)) * Math.max(0, Math.min(y + height, top + map.height) - Math.max(y, top));
    }, 0);
  };
  return corners.map((corner) => [corner, hidden(corner)] as const).reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}
