// Just enough ZIP to show the files of a function's package (APPNOTE 4.3): stored and deflated entries.

export interface Entry {
  name: string;
  size: number;
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
    if (!name.endsWith("/")) found.push({ name, size, read: () => read(buffer, view, local, method, packed) });
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
