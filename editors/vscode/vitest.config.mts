import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const fake = (name: string) => fileURLToPath(new URL(`test/${name}`, import.meta.url));

export default defineConfig({
  test: { include: ["test/*.test.ts"] },
  // The editor is not there when its extension is tested: these play its part.
  resolve: { alias: { "vscode-languageclient/node": fake("client.ts"), vscode: fake("vscode.ts") } },
});
