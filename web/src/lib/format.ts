// Times, durations and sizes as people read them.

export type Zone = "local" | "utc";

/** Seconds as the two largest units: 45 ms, 1.24 s, 2 min 05 s, 3 h 10 min, 4 d 2 h. */
export function duration(seconds: number): string {
  if (seconds < 0) seconds = 0;
  if (seconds > 0 && seconds < 0.0005) return "< 1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.995) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** How long ago: just now, 3 min ago, yesterday's 26 h ago, 4 d ago. */
export function ago(seconds: number): string {
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Seconds since the epoch as "2026-11-22 16:51:07.123"; without milliseconds on demand. */
export function moment(at: number, zone: Zone, millis = true): string {
  const date = new Date(Math.round(at * 1000));
  const text =
    zone === "utc" ? date.toISOString() : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return text.replace("T", " ").slice(0, millis ? 23 : 19);
}

/** "16:51:07.123" */
export function clock(at: number, zone: Zone): string {
  return moment(at, zone).slice(11);
}

/** Seconds by which the clocks of a zone are ahead of UTC. */
export function zoneOffset(zone: Zone, at: number): number {
  return zone === "utc" ? 0 : -60 * new Date(at * 1000).getTimezoneOffset();
}

/** "UTC" or "UTC+02:00" */
export function zoneName(zone: Zone): string {
  const offset = zoneOffset(zone, Date.now() / 1000) / 60;
  if (offset === 0) return "UTC";
  const size = Math.abs(offset);
  return `UTC${offset > 0 ? "+" : "−"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

/** Bytes of a text in UTF-8, which is how AWS counts. */
export function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function size(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(count < 10_240 ? 1 : 0)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

export function count(number: number): string {
  return number.toLocaleString("en-US");
}

export function plural(number: number, noun: string, many = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : many}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** TIMED_OUT -> Timed out */
export function title(status: string): string {
  const text = status.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Splits CamelCase event types for reading: TaskStateEntered -> Task state entered. */
export function words(type: string): string {
  const text = type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
