// Charts over time: stacked bars and lines, drawn by us; every figure can also be read as a table, by eye or by ear.

import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { count, duration, moment, zoneName, type Zone } from "../lib/format";
import { zone } from "../lib/settings";
import { useStore } from "../lib/store";
import { mark, scale, times, type Measure } from "./axis";
import { Icon } from "./Icon";

export interface Band {
  id: string;
  name: string;
  /** A class of charts.css: ok, run, bad, warn, idle, one, two. */
  tone: string;
}

export interface Point {
  at: number;
  /** By the id of a band; null where there is nothing. */
  values: Record<string, number | null>;
}

interface Props {
  title: string;
  bands: readonly Band[];
  points: readonly Point[];
  step: number;
  kind: "bars" | "lines";
  /** What the values are: counts, or durations in seconds. */
  measure: Measure;
  children?: ReactNode;
}

const HEIGHT = 190;
const LEFT = 60;
const RIGHT = 16;
const BOTTOM = 24;
/** Pixels that a time on the axis needs. */
const ROOM = 76;
const TOP = 10;

export function ChartCard(props: Props) {
  const [table, setTable] = useState(false);
  const id = useId();
  return (
    <section className="card chart-card" aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{props.title}</h2>
        <ul className="legend grow" aria-label="Legend">
          {props.bands.map(({ id: band, name, tone }) => <li key={band}><i className={`swatch c-${tone} ${props.kind}`} aria-hidden />{name}</li>)}
        </ul>
        {props.children}
        <button type="button" className="btn quiet small" aria-pressed={table} onClick={() => setTable(!table)}><Icon name={table ? "timeline" : "table"} size={13} />{table ? "Chart" : "Table"}</button>
      </div>
      {table ? <Figures {...props} /> : <Picture {...props} />}
    </section>
  );
}

function Picture({ title, bands, points, step, kind, measure }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const [at, setAt] = useState<number | null>(null);
  const shown = at === null ? null : points[at];
  const chosen = useStore(zone);
  const lines = scale(Math.max(0, ...points.map(({ values }) => (kind === "bars" ? sum(bands, values) : Math.max(0, ...bands.map(({ id }) => values[id] ?? 0))))), measure);
  const top = lines.at(-1)!;
  const inner = Math.max(10, width - LEFT - RIGHT);
  const say = sayer(measure);
  const first = points[0]?.at ?? 0;
  const slot = inner / Math.max(1, points.length);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const total = points.reduce((all, { values }) => all + sum(bands, values), 0);
  const summary = kind === "bars" ? `${title}: ${bands.map(({ id, name }) => `${name} ${say(points.reduce((all, { values }) => all + (values[id] ?? 0), 0))}`).join(", ")}` : `${title} over time`;
  const pick = (event: React.PointerEvent) => {
    const x = event.clientX - host.current!.getBoundingClientRect().left - LEFT;
    setAt(x < 0 || x > inner ? null : Math.min(points.length - 1, Math.floor(x / slot)));
  };
  const keys = (event: React.KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1, Home: -points.length, End: points.length }[event.key];
    if (event.key === "Escape") setAt(null);
    if (move === undefined) return;
    event.preventDefault();
    setAt(Math.min(points.length - 1, Math.max(0, (at ?? points.length) + move)));
  };
  return (
    <div className="chart" ref={host} tabIndex={0} role="group" aria-label={`${summary}. Arrow keys read the values.`} onPointerMove={pick} onPointerLeave={() => setAt(null)} onKeyDown={keys} onBlur={() => setAt(null)}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden>
          {lines.map((value) => (
            <g key={value} className="grid">
              <line x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
              <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">{mark(value, measure)}</text>
            </g>
          ))}
          {times(first, first + step * points.length, Math.floor(inner / ROOM), chosen).map(({ at: time, text }) => (
            <g key={time} className="grid" transform={`translate(${(LEFT + ((time - first) / step) * slot).toFixed(1)} ${HEIGHT - BOTTOM})`}>
              <line y2={4} />
              <text y={17} textAnchor="middle">{text}</text>
            </g>
          ))}
          {at !== null && <rect className="hover" x={LEFT + slot * at} y={TOP} width={slot} height={HEIGHT - TOP - BOTTOM} />}
          {kind === "bars" ? points.map((point, index) => <Bar key={point.at} bands={bands} values={point.values} x={LEFT + slot * index} width={slot} y={y} />) : bands.map((band) => <Line key={band.id} band={band} points={points} x={(index) => LEFT + slot * (index + 0.5)} y={y} />)}
        </svg>
      )}
      {total === 0 && <p className="chart-none">Nothing in this time</p>}
      {shown && (
        <div className={`chart-tip ${at! > points.length / 2 ? "left" : ""}`} style={at! > points.length / 2 ? { right: width - (LEFT + slot * at!) + 8 } : { left: LEFT + slot * (at! + 1) + 8 }}>
          <strong className="num">{span(shown.at, step, chosen)}</strong>
          {bands.map(({ id, name, tone }) => <div key={id}><i className={`swatch c-${tone} ${kind}`} aria-hidden /><span className="grow">{name}</span><span className="num">{shown.values[id] == null ? "—" : say(shown.values[id])}</span></div>)}
        </div>
      )}
      <span className="sr" role="status">{shown ? `${span(shown.at, step, chosen)}: ${bands.map(({ id, name }) => `${name} ${shown.values[id] == null ? "none" : say(shown.values[id])}`).join(", ")}` : ""}</span>
    </div>
  );
}

function Bar({ bands, values, x, width, y }: { bands: readonly Band[]; values: Point["values"]; x: number; width: number; y: (value: number) => number }) {
  let below = 0;
  const gap = Math.min(3, width * 0.25);
  return (
    <>
      {bands.map(({ id, tone }) => {
        const value = values[id] ?? 0;
        const from = below;
        below += value;
        // A single failure among thousands must not vanish.
        const height = Math.max(1.5, y(from) - y(below));
        return value ? <rect key={id} className={`c-${tone}`} x={x + gap / 2} y={y(from) - height} width={Math.max(1, width - gap)} height={height} rx={Math.min(2, width / 4)} /> : null;
      })}
    </>
  );
}

function Line({ band, points, x, y }: { band: Band; points: readonly Point[]; x: (index: number) => number; y: (value: number) => number }) {
  let path = "";
  let open = false;
  const alone: number[] = [];
  points.forEach(({ values }, index) => {
    const value = values[band.id];
    if (value == null) {
      open = false;
      return;
    }
    path += `${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!open && points[index + 1]?.values[band.id] == null) alone.push(index);
    open = true;
  });
  return (
    <g className={`line c-${band.tone}`}>
      <path d={path} />
      {alone.map((index) => <circle key={index} cx={x(index)} cy={y(points[index]!.values[band.id]!)} r={2.5} />)}
    </g>
  );
}

function Figures({ bands, points, step, measure }: Props) {
  const say = sayer(measure);
  const chosen = useStore(zone);
  const rows = points.filter(({ values }) => bands.some(({ id }) => values[id])).toReversed();
  return (
    <div className="scroll" style={{ maxHeight: 260 }} tabIndex={0} role="region" aria-label="Figures">
      <table className="table">
        <thead><tr><th>Time</th>{bands.map(({ id, name }) => <th key={id} className="end">{name}</th>)}</tr></thead>
        <tbody>
          {rows.map(({ at, values }) => <tr key={at}><td className="num">{span(at, step, chosen)}</td>{bands.map(({ id }) => <td key={id} className="end num">{values[id] == null ? "—" : say(values[id])}</td>)}</tr>)}
          {!rows.length && <tr><td colSpan={bands.length + 1} className="faint">Nothing in this time</td></tr>}
        </tbody>
      </table>
    </div>
  );
}

function sum(bands: readonly Band[], values: Point["values"]): number {
  return bands.reduce((all, { id }) => all + (values[id] ?? 0), 0);
}

function sayer(measure: Measure): (value: number) => string {
  return measure === "count" ? count : duration;
}

/** "11-28 19:30 – 20:00 UTC" */
function span(at: number, step: number, chosen: Zone): string {
  const [from, to] = [moment(at, chosen, false), moment(at + step, chosen, false)];
  return `${from.slice(5, 16)} – ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : to.slice(5, 16)} ${zoneName(chosen)}`;
}

function useWidth(host: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    seen.observe(host.current!);
    return () => seen.disconnect();
  }, [host]);
  return width;
}
