// The axes of charts: round steps for counts and durations, round times of day in the chosen zone.

import { moment, zoneOffset, type Zone } from "../lib/format";

export type Measure = "count" | "duration";

/** Lines that a scale has above its base, at most. */
const MOST = 4;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const BELOW_A_MINUTE = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const FROM_A_MINUTE = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE).concat([1, 2, 3, 6, 12].map((hours) => hours * HOUR));

/** The values that lines stand for, from 0 to the first that is not below `most`. Counts have whole steps. */
export function scale(most: number, measure: Measure): number[] {
  const step = measure === "count" ? decimal(most / MOST) : ([...BELOW_A_MINUTE, ...FROM_A_MINUTE].find((each) => each * MOST >= most) ?? decimal(most / MOST / DAY) * DAY);
  const lines = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: lines + 1 }, (_, index) => index * step);
}

/** 1, 2, 5, 10, 20, 50 ...: the first that is not below. */
function decimal(least: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(least, 1))));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((round) => round >= least - 1e-9)!;
}

/** A value on the scale, without figures that say nothing: 500 ms, 1 s, 90 s, 2 min, 1 h, 3 d. */
export function mark(value: number, measure: Measure): string {
  if (value === 0) return "0";
  if (measure === "count") return value.toLocaleString("en-US");
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  const [size, unit] = ([[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]] as const).find(([each]) => value >= each && value % each === 0) ?? [1, "s"];
  return `${value / size} ${unit}`;
}

export interface Tick {
  at: number;
  text: string;
}

/** Round times between two instants, at most `room` of them; the first of a day is its date. */
export function times(since: number, until: number, room: number, zone: Zone): Tick[] {
  const least = (until - since) / Math.max(1, room);
  const every = [...FROM_A_MINUTE, DAY, 2 * DAY, 5 * DAY, 10 * DAY].find((each) => each >= least) ?? 30 * DAY;
  const offset = zoneOffset(zone, since);
  const ticks: Tick[] = [];
  for (let at = Math.ceil((since + offset) / every) * every - offset; at <= until; at += every) {
    const text = moment(at, zone, false);
    ticks.push({ at, text: every >= DAY || text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16) });
  }
  return ticks;
}
