/** The extension: starts treadle's language server, and shows the graph beside the editor. */
import { existsSync } from "node:fs";
import * as vscode from "vscode";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { findCommand } from "./command";
import { isWorkflow } from "./page";
import { type Graph, Preview } from "./preview";

let client: LanguageClient | undefined;
let preview: Preview | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const media = vscode.Uri.joinPath(context.extensionUri, "media");
  context.subscriptions.push(
    vscode.commands.registerCommand("treadle.preview", () => showPreview(media)),
    vscode.commands.registerCommand("treadle.restart", restart),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (preview && editor && isWorkflow(editor.document)) preview.show(editor.document);
    }),
    { dispose: () => preview?.dispose() },
  );
  await start();
}

export async function deactivate(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(): Promise<void> {
  await deactivate();
  await start();
}

async function start(): Promise<void> {
  const command = findCommand({
    configured: vscode.workspace.getConfiguration("treadle").get<string>("command", ""),
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    path: process.env.PATH ?? "",
    windows: process.platform === "win32",
    exists: existsSync,
  });
  if (command === null) {
    void vscode.window.showWarningMessage(
      "Treadle is not installed: pip install 'treadle[lsp]' in the workspace's .venv, or set treadle.command.",
    );
    return;
  }
  client = new LanguageClient(
    "treadle",
    "Treadle",
    { command, args: ["lsp"], transport: TransportKind.stdio },
    {
      documentSelector: [
        { scheme: "file", pattern: "**/*.asl.{json,yaml,yml}" },
        { scheme: "untitled", language: "asl" },
        { language: "asl" },
        { language: "asl-yaml" },
      ],
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    void vscode.window.showErrorMessage(`${command} lsp does not start: ${error instanceof Error ? error.message : error}`);
  }
}

function showPreview(media: vscode.Uri): void {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || !isWorkflow(document)) {
    void vscode.window.showInformationMessage("Open a workflow first: a file named *.asl.json or *.asl.yaml.");
    return;
  }
  if (preview) preview.show(document);
  else preview = new Preview(document, media, ask, () => (preview = undefined));
}

async function ask(uri: string, theme: "light" | "dark"): Promise<Graph> {
  if (!client) return { problem: "The language server does not run. See the output of Treadle." };
  return client.sendRequest<Graph>("treadle/graph", { uri, theme });
}
