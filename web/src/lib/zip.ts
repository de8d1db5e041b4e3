// Just enough ZIP to show and change the files of a function's package (APPNOTE 4.3): stored and deflated entries.

export interface Entry {
  name: string;
  size: number;
  /** Kind and permissions of the file, as the directory has them; undefined for an ordinary one. */
  attributes?: number;
  read: () => Promise<Uint8Array>;
}

export function entries(buffer: ArrayBuffer): Entry[] {
  const view = new DataView(buffer);
  const end = endOfDirectory(view);
  const found: Entry[] = [];
  const names = new TextDecoder();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error("The package's directory is damaged.");
    const [method, packed, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameLength, extra, comment] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)];
    const name = names.decode(new Uint8Array(buffer, at + 46, nameLength));
    const local = view.getUint32(at + 42, true);
    if (!name.endsWith("/")) found.push({ name, size, attributes: view.getUint32(at + 38, true), read: () => read(buffer, view, local, method, packed) });
    at += 46 + nameLength + extra + comment;
  }
  return found;
}

function endOfDirectory(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw new Error("The package is no ZIP file.");
}

async function read(buffer: ArrayBuffer, view: DataView, at: number, method: number, packed: number): Promise<Uint8Array> {
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const body = new Uint8Array(buffer, start, packed);
  if (method === 0) return body;
  if (method !== 8) throw new Error("The entry is packed in an unusual way.");
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const FILE = 0o100644 * 0x10000;
const UNIX = 0x0314;

/** A package of these files, stored as they are. */
export function pack(files: readonly { name: string; body: Uint8Array; attributes?: number }[]): Uint8Array<ArrayBuffer> {
  const names = new TextEncoder();
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, body, attributes: given = FILE } of files) {
    // Packages made on Windows say nothing of permissions.
    const attributes = given >>> 16 ? given : FILE;
    const label = names.encode(name);
    // Version 2.0, names in UTF-8, stored, 1980-01-01.
    const common = [[20, 2], [0x0800, 2], [0, 2], [0, 2], [0x21, 2], [crc(body), 4], [body.length, 4], [body.length, 4], [label.length, 2], [0, 2]] as const;
    const local = [numbers([[0x04034b50, 4], ...common]), label, body];
    directory.push(numbers([[0x02014b50, 4], [UNIX, 2], ...common, [0, 2], [0, 2], [0, 2], [attributes, 4], [at, 4]]), label);
    bodies.push(...local);
    at += local.reduce((all, { length }) => all + length, 0);
  }
  const size = directory.reduce((all, { length }) => all + length, 0);
  return joined([...bodies, ...directory, numbers([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [at, 4], [0, 2]])]);
}

/** Little-endian numbers of 2 or 4 bytes. */
function numbers(fields: readonly (readonly [number, 2 | 4])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [value, width] of fields) for (let shift = 0; shift < width * 8; shift += 8) bytes.push((value >>> shift) & 0xff);
  return new Uint8Array(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((all, { length }) => all + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc(body: Uint8Array): number {
  let sum = ~0;
  for (const byte of body) sum = (sum >>> 8) ^ TABLE[(sum ^ byte) & 0xff]!;
  return ~sum >>> 0;
}

export function base64(body: Uint8Array): string {
  let text = "";
  // As many arguments as every browser takes at once.
  for (let at = 0; at < body.length; at += 0x8000) text += String.fromCharCode(...body.subarray(at, at + 0x8000));
  return btoa(text);
}
