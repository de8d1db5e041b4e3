// The slider under a run: scrub or play through its events; graph, table and step follow.

import { useEffect, useMemo, useRef, useState } from "react";
import type { HistoryEvent } from "../aws/types";
import { details, type Story } from "../history/fold";
import { film, shownAt } from "../history/replay";
import { duration } from "../lib/format";
import { setQuery } from "../lib/route";
import { Icon } from "../ui/Icon";

const SPEEDS = [0.5, 1, 2, 4];

/** How many events are shown: null is all of them, and those to come. In the address once it rests. */
export function usePosition(query: URLSearchParams): [number | null, (position: number | null) => void] {
  const given = query.get("at");
  const [position, setPosition] = useState<number | null>(given === null ? null : Math.max(1, Number(given) || 1));
  const first = useRef(true);
  useEffect(() => {
    if (first.current) return void (first.current = false);
    // Browsers limit how often an address may change.
    const timer = setTimeout(() => setQuery({ at: position }), 400);
    return () => clearTimeout(timer);
  }, [position]);
  return [position, setPosition];
}

interface Props {
  events: HistoryEvent[];
  story: Story;
  position: number | null;
  running: boolean;
  onMove: (position: number | null) => void;
}

export function Replay({ events, story, position, running, onMove }: Props) {
  const moments = useMemo(() => film(events), [events]);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const shown = Math.min(position ?? events.length, events.length);
  const now = useRef(shown);
  now.current = shown;
  useEffect(() => {
    if (!playing) return;
    const began = performance.now();
    const from = moments[Math.max(0, now.current - 1)] ?? 0;
    const timer = setInterval(() => {
      const next = shownAt(moments, from + ((performance.now() - began) / 1000) * speed);
      if (next >= moments.length) {
        setPlaying(false);
        onMove(null);
      } else if (next !== now.current) onMove(next);
    }, 50);
    return () => clearInterval(timer);
  }, [playing, speed, moments, onMove]);
  if (events.length < 2) return null;
  const event = events[shown - 1]!;
  const where = story.owner.get(event.id)?.name ?? (details(event).name as string | undefined);
  const words = `Event ${event.id} of ${events.length}: ${event.type}${where ? `, ${where}` : ""}, after ${duration(event.timestamp - events[0]!.timestamp)}`;
  const move = (to: number) => {
    setPlaying(false);
    onMove(to >= events.length ? null : Math.max(1, to));
  };
  const play = () => {
    if (!playing && shown >= events.length) onMove(1);
    setPlaying(!playing);
  };
  return (
    <div className="replay" role="group" aria-label="Replay">
      <button type="button" className="btn small icon" onClick={play} aria-label={playing ? "Pause" : "Play the history"} title={playing ? "Pause" : "Play the history"}>{playing ? <PauseSign /> : <Icon name="play" size={12} />}</button>
      <button type="button" className="btn quiet small icon" onClick={() => move(shown - 1)} disabled={shown <= 1} aria-label="One event back">‹</button>
      <button type="button" className="btn quiet small icon" onClick={() => move(shown + 1)} disabled={shown >= events.length} aria-label="One event on">›</button>
      <input type="range" min={1} max={events.length} value={shown} aria-label="Position in the history" aria-valuetext={words} onChange={(change) => move(Number(change.target.value))} />
      <span className="replay-words clip"><span className="num">{event.id}/{events.length}</span> <strong>{event.type}</strong>{where && ` ${where}`} <span className="num soft">+{duration(event.timestamp - events[0]!.timestamp)}</span></span>
      <select className="input" aria-label="Speed" value={speed} onChange={(change) => setSpeed(Number(change.target.value))}>{SPEEDS.map((each) => <option key={each} value={each}>{each}×</option>)}</select>
      <button type="button" className="btn small" aria-pressed={position === null} onClick={() => { setPlaying(false); onMove(null); }}>{running ? "Live" : "End"}</button>
    </div>
  );
}

function PauseSign() {
  return <svg viewBox="0 0 16 16" width={12} height={12} fill="currentColor" aria-hidden><path d="M4 3h3v10H4zM9 3h3v10H9z" /></svg>;
}
