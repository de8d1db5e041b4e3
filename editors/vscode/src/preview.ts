/** The preview beside an editor: asks the language server for the picture whenever the text changes. */
import * as vscode from "vscode";
import { page, theme } from "./page";

/** What the language server answers to `treadle/graph`. */
export interface Graph {
  svg?: string;
  /** JSON pointer of a state -> where its name stands. */
  places?: Record<string, { start: Position; end: Position }>;
  problem?: string;
}
interface Position {
  line: number;
  character: number;
}
export type Ask = (uri: string, theme: "light" | "dark") => Promise<Graph>;

/** Milliseconds of silence after which a changed text is drawn again. */
const PAUSE = 150;

export class Preview implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly rest: vscode.Disposable[] = [];
  private places: Graph["places"] = {};
  private timer: NodeJS.Timeout | undefined;
  private drawn = 0;

  constructor(
    private document: vscode.TextDocument,
    media: vscode.Uri,
    private readonly ask: Ask,
    gone: () => void,
  ) {
    this.panel = vscode.window.createWebviewPanel(
      "treadle.preview",
      this.title(),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [media], retainContextWhenHidden: true },
    );
    const { webview } = this.panel;
    const at = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
    webview.html = page({ script: at("preview.js"), style: at("preview.css"), source: webview.cspSource });
    this.rest.push(
      webview.onDidReceiveMessage((message: { ready?: true; open?: string }) => {
        if (message.ready) void this.draw();
        if (message.open !== undefined) void this.open(message.open);
      }),
      vscode.workspace.onDidChangeTextDocument((change) => {
        if (change.document === this.document) this.soon();
      }),
      vscode.window.onDidChangeActiveColorTheme(() => void this.draw()),
      this.panel.onDidDispose(() => {
        this.dispose();
        gone();
      }),
    );
  }

  /** Show another document. */
  show(document: vscode.TextDocument): void {
    if (document !== this.document) {
      this.document = document;
      this.panel.title = this.title();
      void this.draw();
    }
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const each of this.rest.splice(0)) each.dispose();
    this.panel.dispose();
  }

  private title(): string {
    return `Graph: ${this.document.fileName.split(/[\\/]/).pop()}`;
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.draw(), PAUSE);
  }

  /** Ask for the picture. An answer that a later question has overtaken is dropped. */
  private async draw(): Promise<void> {
    const number = ++this.drawn;
    const graph = await this.ask(this.document.uri.toString(), theme(vscode.window.activeColorTheme.kind)).catch(
      (error: unknown): Graph => ({ problem: error instanceof Error ? error.message : String(error) }),
    );
    if (number !== this.drawn) return;
    if (graph.places) this.places = graph.places;
    await this.panel.webview.postMessage({ svg: graph.svg, problem: graph.problem });
  }

  /** Show where a state of the picture is written. */
  private async open(pointer: string): Promise<void> {
    const place = this.places?.[pointer];
    if (!place) return;
    const range = new vscode.Range(place.start.line, place.start.character, place.end.line, place.end.character);
    await vscode.window.showTextDocument(this.document, { viewColumn: vscode.ViewColumn.One, selection: range });
  }
}
