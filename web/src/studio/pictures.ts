// Pictures as files. The server draws; PNG is painted here, from the SVG.

import { plain } from "../asl/tree";
import { ask } from "../aws/client";

type Format = "svg" | "png" | "mermaid";
const ENDINGS: Record<Format, [string, string]> = { svg: ["svg", "image/svg+xml"], png: ["png", "image/png"], mermaid: ["mmd", "text/plain"] };

export async function savePicture(definition: string, name: string, format: Format): Promise<void> {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const { text } = await ask<{ text: string }>("render", { definition: plain(definition), title: name, format: format === "mermaid" ? "mermaid" : "svg", theme: format === "png" ? chosen : "auto" });
  const [ending, type] = ENDINGS[format];
  save(format === "png" ? await paint(text, chosen === "dark" ? "#15181e" : "#ffffff") : new Blob([text], { type }), `${name}.${ending}`);
}

export function saveText(text: string, name: string): void {
  save(new Blob([text], { type: "text/plain" }), name);
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Pixels that browsers paint at most in one direction. */
const MOST = 16_000;

async function paint(svg: string, paper: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;base64,${btoa(Array.from(new TextEncoder().encode(svg), (byte) => String.fromCharCode(byte)).join(""))}`;
  await image.decode();
  const scale = Math.min(2, MOST / image.width, MOST / image.height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("This picture is too large to be painted."))), "image/png"));
}
