// What the user has chosen: theme, time zone, account and region.

import type { Place } from "./arn";
import type { Zone } from "./format";
import { memory, store } from "./store";

export type Theme = "system" | "light" | "dark";

const DEFAULT: Place = { account: "000000000000", region: "us-east-1" };

function rememberedTheme(): Theme {
  const found = memory.get("theme");
  return found === "light" || found === "dark" ? found : "system";
}

export const theme = store<Theme>(rememberedTheme(), (value) => {
  memory.set("theme", value === "system" ? null : value);
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
});

/** How moments are written. "relative" says how long ago, its title the local time. */
export type Times = Zone | "relative";

function rememberedTimes(): Times {
  const found = memory.get("zone");
  return found === "utc" || found === "relative" ? found : "local";
}

export const times = store<Times>(rememberedTimes(), (value) => memory.set("zone", value));

/** The zone of moments that are written out. */
export const zone = store<Zone>(times.get() === "utc" ? "utc" : "local");
times.subscribe(() => zone.set(times.get() === "utc" ? "utc" : "local"));

function rememberedPlace(): Place | null {
  const [account, region] = (memory.get("place") ?? "").split("/");
  return account && region ? { account, region } : null;
}

export const place = store<Place>(rememberedPlace() ?? DEFAULT, (value) => memory.set("place", `${value.account}/${value.region}`));

/** On the first visit: where the machines are. Later the user's choice stays. */
export function settle(places: readonly Place[]): void {
  if (rememberedPlace() === null && places.length && !places.some((each) => same(each, DEFAULT))) place.set(places[0]!);
}

export function same(one: Place, other: Place): boolean {
  return one.account === other.account && one.region === other.region;
}
