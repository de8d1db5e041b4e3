// The way to the current page, which each page tells the top bar and the window's title.

import { useEffect } from "react";
import { store } from "../lib/store";

export interface Crumb {
  name: string;
  href?: string;
}

export const crumbs = store<Crumb[]>([]);

export function useCrumbs(way: Crumb[]): void {
  const key = JSON.stringify(way);
  useEffect(() => {
    crumbs.set(way);
    document.title = `${way.at(-1)?.name ?? "Console"} · Treadle`;
    // eslint-disable-next-line
  }, [key]);
}
