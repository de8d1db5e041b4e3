// Our own few icons, drawn on a 16 x 16 grid with a 1.5 stroke.

const PATHS = {
  machines: "M3 3.5h4v3H3zM9 9.5h4v3H9zM5 6.5v4.5h4",
  function: "M4 13 7.6 5.2 6.9 3.5c-.3-.7-.8-1-1.6-1M7.6 5.2 10.6 12c.4.8.9 1 1.9 1",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3 14 14",
  play: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  undo: "M3.5 8a4.5 4.5 0 1 0 1.4-3.3M3.5 2v3h3",
  redo: "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2v3h-3",
  copy: "M6 6h7.5v7.5H6zM10 6V2.5H2.5V10H6",
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  alert: "M8 2.2 14.4 13.5H1.6zM8 6.5v3.2M8 11.6v.2",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.6",
  ban: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.9 3.9l8.2 8.2",
  right: "M6 3.5 10.5 8 6 12.5",
  down: "M3.5 6 8 10.5 12.5 6",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.2v1.3M8 13.5v1.3M1.2 8h1.3M13.5 8h1.3M3.2 3.2l.9.9M11.9 11.9l.9.9M3.2 12.8l.9-.9M11.9 4.1l.9-.9",
  moon: "M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7Z",
  system: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  trash: "M2.8 4.2h10.4M6.2 4V2.4h3.6V4M4.2 4.4l.6 9.1h6.4l.6-9.1M6.8 7v4M9.2 7v4",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1",
  graph: "M6 2.5h4v3H6zM2.5 10.5h4v3h-4zM9.5 10.5h4v3h-4zM8 5.5V8M4.5 10.5V8h7v2.5",
  timeline: "M2.5 4h5M5 8h6M9 12h4.5",
  table: "M2.5 3h11v10h-11zM2.5 6.5h11M6.5 6.5V13",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3V11M8 5v.2",
  plug: "M5.5 2v3.5M10.5 2v3.5M3.5 5.5h9V8a4.5 4.5 0 0 1-9 0zM8 12.5V15",
  branch: "M4.5 5.5v5M4.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 6.5c0 2.5-7 1.5-7 4",
  retry: "M3.5 8a4.5 4.5 0 0 1 8-2.8l1 1M12.5 3v3.2H9.3M12.5 8a4.5 4.5 0 0 1-8 2.8l-1-1M3.5 13V9.8h3.2",
  spinner: "M8 2a6 6 0 1 1-6 6",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  chart: "M2.5 13.5h11M4 11V7.5M8 11V3M12 11V5.500",
  audit: "M8 1.800 13 3.6v3.900c0 3.200-2 5.600-5 6.700-3-1.100-5-3.500-5-6.700V3.600zM5.700 8l1.700 1.700 3-3.300",
  log: "M3.5 2.5h9v11h-9zM5.800 5.500h4.400M5.800 8h4.400M5.800 10.500h2.600",
  keyboard: "M1.800 4h12.400v8H1.800zM4.300 6.600h.1M6.800 6.600h.1M9.300 6.600h.1M11.700 6.600h.1M5 9.500h6",
  edit: "M3 13l.6-2.800 7.300-7.300 2.200 2.200-7.300 7.300zM9.500 4.300l2.200 2.200",
  filter: "M2.5 3.500h11L9.500 8.300v4.200l-3 1.500V8.300z",
  // Glyphs of states
  pass: "M3 8h9M8.5 4.5 12 8l-3.5 3.5",
  choice: "M8 2.5 13.5 8 8 13.5 2.5 8z",
  wait: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.6",
  parallel: "M4 3v10M8 3v10M12 3v10",
  map: "M3 4h10M3 8h10M3 12h10",
  database: "M3 4.2C3 3 5.2 2.2 8 2.2s5 .8 5 2-2.2 2-5 2-5-.8-5-2ZM3 4.2v7.6c0 1.2 2.2 2 5 2s5-.8 5-2V4.2M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
  message: "M2.5 4h11v8h-11zM2.5 4.5 8 9l5.5-4.5",
  queue: "M2.5 5h3v6h-3zM6.5 5h3v6h-3zM10.5 5h3v6h-3z",
  storage: "M2.5 4.5h11M3.2 4.5 4.4 13h7.2l1.2-8.5M2.5 4.5c0-1.2 2.4-2 5.5-2s5.5.8 5.5 2",
  compute: "M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14",
  data: "M2.5 12.5v-4h3v4M6.5 12.5v-7h3v7M10.5 12.5v-10h3v10",
  http: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 1.7 2.6 3.8 2.6 6S10 12.3 8 14c-2-1.7-2.6-3.8-2.6-6S6 3.7 8 2Z",
  model: "M8 2.5 9.5 6.5 13.5 8 9.5 9.5 8 13.5 6.5 9.5 2.5 8 6.5 6.500z",
  workflow: "M2.5 3h4v3h-4zM9.5 10h4v3h-4zM6.5 4.500H11V10",
  activity: "M2 8h3l2-4.500L9.5 12.5 11 8h3",
  service: "M8 10.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600ZM8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.800l1.4 1.400M10.8 10.800l1.4 1.400M3.8 12.200l1.4-1.400M10.8 5.200l1.4-1.4",
  task: "M3 3h10v10H3zM5.5 8l2 2 3.5-4",
} as const;

export type IconName = keyof typeof PATHS;

export function iconPath(name: string): string {
  if (name === "succeed") return PATHS.check;
  if (name === "fail") return PATHS.cross;
  return name in PATHS ? PATHS[name as IconName] : PATHS.service;
}

interface Props {
  name: IconName | "succeed" | "fail" | (string & {});
  size?: number;
  spin?: boolean;
  /** Without a label the icon is decoration. */
  label?: string;
}

export function Icon({ name, size = 16, spin, label }: Props) {
  const filled = name === "play" || name === "stop";
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.2 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={spin ? "spin" : undefined}
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <path d={iconPath(name)} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width={26} height={26} aria-hidden>
      <rect width="32" height="32" rx="8" fill="#4f46e5" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 9.500h16M16 9.500v6.200M8.5 23.5 16 15.700l7.5 7.8" />
      </g>
      <circle cx="8.5" cy="23.5" r="2.3" fill="#fff" />
      <circle cx="23.5" cy="23.5" r="2.3" fill="#fff" />
    </svg>
  );
}
