/** Which treadle to run. */
import { delimiter, join } from "node:path";

export interface Surroundings {
  /** What the setting `treadle.command` says; empty for nothing. */
  configured: string;
  /** The folders of the workspace. */
  folders: readonly string[];
  /** The PATH. */
  path: string;
  windows: boolean;
  exists: (file: string) => boolean;
}

/** The program to run, or null when there is none. A configured one is taken without looking. */
export function findCommand({ configured, folders, path, windows, exists }: Surroundings): string | null {
  if (configured) return configured;
  const name = windows ? "treadle.exe" : "treadle";
  const bin = windows ? "Scripts" : "bin";
  const places = [
    ...folders.flatMap((folder) => [".venv", "venv"].map((environment) => join(folder, environment, bin))),
    ...path.split(delimiter).filter(Boolean),
  ];
  return places.map((place) => join(place, name)).find(exists) ?? null;
}
