// What stands around every page: navigation, the way here, search, settings, the state of the connection.

import { useEffect, useState, type ReactNode } from "react";
import { ask } from "../aws/client";
import type { Place } from "../lib/arn";
import { useData } from "../lib/data";
import { zoneName } from "../lib/format";
import { connection, onLive, retry } from "../lib/live";
import { href, useRoute } from "../lib/route";
import { place, same, settle, theme, times, type Theme, type Times } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon, Logo, type IconName } from "../ui/Icon";
import { MOD } from "../ui/parts";
import { crumbs } from "./crumbs";
import { Palette } from "./Palette";
import { Shortcuts, useKeys } from "./Shortcuts";

interface Session {
  version: string;
  places: Place[];
}

const ROOMS: { path: string; name: string; icon: IconName; also: string[] }[] = [
  { path: "machines", name: "State machines", icon: "machines", also: ["executions", "mapruns", "activities", "compare", "import"] },
  { path: "functions", name: "Functions", icon: "function", also: [] },
  { path: "dashboard", name: "Dashboard", icon: "chart", also: [] },
  { path: "logs", name: "Logs", icon: "log", also: [] },
  { path: "audit", name: "Audit", icon: "audit", also: [] },
];

export function Shell({ children }: { children: ReactNode }) {
  const [searching, setSearching] = useState(false);
  const [sheet, setSheet] = useState(false);
  const session = useData("session", (signal) => ask<Session>("session", undefined, signal));
  const { path } = useRoute();
  const state = useStore(connection);

  useEffect(() => {
    if (session.data) settle(session.data.places);
  }, [session.data]);
  useEffect(() => onLive("runs", (news) => {
    // A first execution somewhere new: its place becomes one to choose.
    const known = session.data?.places ?? [];
    if (news.machines.some((arn) => !known.some((each) => arn.includes(`:${each.region}:${each.account}:`)))) session.reload();
  }), [session.data, session.reload]);
  useKeys({ search: () => setSearching(true), sheet: () => setSheet(true) });

  const room = path[0] ?? "machines";
  const named = useStore(crumbs).at(-1)?.name;
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>Skip to content</a>
      <nav className="nav" aria-label="Main">
        <a className="brand" href={href(["machines"])} aria-label="Treadle, home"><Logo /><span>Treadle</span></a>
        <ul>
          {ROOMS.map(({ path: to, name, icon, also }) => (
            <li key={to}>
              <a href={href([to])} aria-current={to === room ? "page" : also.includes(room) ? "true" : undefined} title={name}>
                <Icon name={icon} /><span>{name}</span>
              </a>
            </li>
          ))}
        </ul>
        <div className="nav-foot">
          <span className="row" role="status">
            <i className={`dot ${state === "open" ? "open" : state === "lost" ? "lost-dot" : ""}`} aria-hidden />
            {state === "open" ? "Live" : state === "lost" ? "No connection" : "Connecting"}
          </span>
          {session.data && <span className="num">Treadle {session.data.version}</span>}
        </div>
      </nav>
      <header className="bar">
        <Way />
        <button type="button" className="search-open" onClick={() => setSearching(true)} aria-keyshortcuts="Control+K Meta+K">
          <Icon name="search" /><span className="clip">Search or paste an ARN</span><kbd>{MOD} K</kbd>
        </button>
        <PlacePicker places={session.data?.places ?? []} />
        <TimesSwitch />
        <button type="button" className="btn quiet icon for-keys" onClick={() => setSheet(true)} aria-label="Keyboard shortcuts" aria-keyshortcuts="?" title="Keyboard shortcuts (?)"><Icon name="keyboard" /></button>
        <ThemeSwitch />
      </header>
      <main className="main" id="main" tabIndex={-1} aria-label={named}>
        {state === "lost" && (
          <div className="lost" role="alert">
            <Icon name="plug" />
            <span className="grow">The server does not answer. What you see is from before; it is updated as soon as the server is back.</span>
            <button type="button" className="btn small" onClick={retry}>Try now</button>
          </div>
        )}
        {children}
      </main>
      {searching && <Palette onClose={() => setSearching(false)} onSheet={() => setSheet(true)} />}
      {sheet && <Shortcuts onClose={() => setSheet(false)} />}
    </div>
  );
}

function Way() {
  const way = useStore(crumbs);
  return (
    <nav aria-label="Breadcrumbs" className="grow">
      <ol className="crumbs">
        {way.map(({ name, href: to }, index) => (
          <li key={index}>
            {to ? <a href={to} className="clip" title={name}>{name}</a> : <span aria-current="page" className="clip" title={name}>{name}</span>}
            {index < way.length - 1 && <Icon name="right" size={12} />}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function PlacePicker({ places }: { places: Place[] }) {
  const chosen = useStore(place);
  const shown = places.some((each) => same(each, chosen)) ? places : [chosen, ...places];
  const text = ({ account, region }: Place) => `${region} · ${account}`;
  if (shown.length === 1) return <span className="badge place mono" title="Region and account">{text(chosen)}</span>;
  return (
    <select className="input place" style={{ width: "auto", height: 32 }} aria-label="Region and account" value={text(chosen)} onChange={(event) => place.set(shown.find((each) => text(each) === event.target.value)!)}>
      {shown.map((each) => <option key={text(each)}>{text(each)}</option>)}
    </select>
  );
}

const TIMES: Record<Times, { name: string; title: string; next: Times }> = {
  local: { name: "Local", title: "Times are local", next: "utc" },
  utc: { name: "UTC", title: "Times are in UTC", next: "relative" },
  relative: { name: "Ago", title: "Times say how long ago", next: "local" },
};

function TimesSwitch() {
  const chosen = useStore(times);
  const { name, title, next } = TIMES[chosen];
  return (
    <button type="button" className="btn quiet small" onClick={() => times.set(next)} title={`${title}. Click: ${TIMES[next].title.toLowerCase()}.`} aria-label={`${title}. Change.`}>
      <Icon name="clock" size={14} /><span className="zone-name">{chosen === "local" && zoneName("local") !== "UTC" ? zoneName("local") : name}</span>
    </button>
  );
}

const THEMES: { id: Theme; icon: IconName; next: Theme; name: string }[] = [
  { id: "system", icon: "system", next: "light", name: "as the system" },
  { id: "light", icon: "sun", next: "dark", name: "light" },
  { id: "dark", icon: "moon", next: "system", name: "dark" },
];

function ThemeSwitch() {
  const chosen = useStore(theme);
  const { icon, next, name } = THEMES.find((each) => each.id === chosen)!;
  return (
    <button type="button" className="btn quiet icon" onClick={() => theme.set(next)} aria-label={`Theme: ${name}. Change.`} title={`Theme: ${name}`}>
      <Icon name={icon} />
    </button>
  );
}
