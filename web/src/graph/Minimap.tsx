// The whole picture in a corner while only a part of it is seen; a press moves that part.

import { memo } from "react";
import { look } from "../ui/Status";
import type { Overlay } from "../history/fold";
import type { Drawing } from "./drawing";
import type { View } from "./hand";
import type { Corner, Room } from "./view";

const WIDTH = 92;
const HEIGHT = 92;
/** What it takes at most, with its frame and distance. */
export const MAP: Room = { width: WIDTH + 20, height: HEIGHT + 20 };

export function Minimap({ drawing, overlay, view, room, corner, onMove }: { drawing: Drawing; overlay: Overlay | null; view: View; room: Room; corner: Corner; onMove: (x: number, y: number) => void }) {
  const scale = Math.min(WIDTH / drawing.width, HEIGHT / drawing.height);
  const [width, height] = [Math.max(26, drawing.width * scale), Math.max(26, drawing.height * scale)];
  const move = (event: React.PointerEvent<SVGSVGElement>) => {
    if (event.type !== "pointerdown" && !event.buttons) return;
    event.stopPropagation();
    const bounds = event.currentTarget.getBoundingClientRect();
    event.currentTarget.setPointerCapture(event.pointerId);
    onMove((event.clientX - bounds.left) / scale, (event.clientY - bounds.top) / scale);
  };
  const seen = { x: -view.x / view.scale, y: -view.y / view.scale, width: room.width / view.scale, height: room.height / view.scale };
  return (
    <svg className={`minimap ${corner}`} width={width} height={height} aria-hidden onPointerDown={move} onPointerMove={move}>
      <g transform={`scale(${scale})`}>
        <Marks drawing={drawing} overlay={overlay} />
        <rect className="seen" {...seen} rx={4 / scale} strokeWidth={1.5 / scale} />
      </g>
    </svg>
  );
}

const Marks = memo(function Marks({ drawing, overlay }: { drawing: Drawing; overlay: Overlay | null }) {
  return (
    <>
      {drawing.boxes.map((box) => {
        const state = overlay?.nodes.get(box.id);
        return <rect key={box.id} className={`${box.container ? "region" : ""} ${state ? look(state.status).tone : ""}`} x={box.x} y={box.y} width={box.width} height={box.height} rx={8} />;
      })}
    </>
  );
});
