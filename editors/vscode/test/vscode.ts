/** As much of the editor as the extension uses. */
type Listener = (event: any) => unknown;

function emitter() {
  const listeners = new Set<Listener>();
  const on = (listener: Listener) => {
    listeners.add(listener);
    return { dispose: () => listeners.delete(listener) };
  };
  const fire = (event?: unknown) => Promise.all([...listeners].map((listener) => listener(event)));
  return { on, fire, listeners };
}

export const events = { text: emitter(), theme: emitter(), editor: emitter() };
export const shown: string[] = [];
export const panels: FakePanel[] = [];
export const opened: { document: unknown; options: any }[] = [];
export const registered = new Map<string, (...parameters: unknown[]) => unknown>();
export const settings: Record<string, string> = {};

export class FakePanel {
  html = "";
  sent: any[] = [];
  revealed = 0;
  disposed = false;
  private readonly received = emitter();
  private readonly closed = emitter();
  readonly webview = {
    cspSource: "vscode-resource:",
    set html(_text: string) {},
    asWebviewUri: (uri: Uri) => ({ toString: () => `vscode-resource:${uri.path}` }),
    onDidReceiveMessage: this.received.on,
    postMessage: async (message: unknown) => void this.sent.push(message),
  };
  constructor(public title: string) {
    Object.defineProperty(this.webview, "html", { set: (text: string) => void (this.html = text) });
  }
  onDidDispose = this.closed.on;
  reveal(): void {
    this.revealed += 1;
  }
  dispose(): void {
    this.disposed = true;
  }
  /** The page says something. */
  say = (message: unknown) => this.received.fire(message);
  /** The user closes the tab. */
  close = () => this.closed.fire();
}

export class Uri {
  constructor(public path: string) {}
  get fsPath(): string {
    return this.path;
  }
  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri([base.path, ...parts].join("/"));
  }
}
export class Range {
  constructor(...parts: number[]) {
    this.parts = parts;
  }
  parts: number[];
}
export const ViewColumn = { One: 1, Beside: -2 };
const say = async (text: string) => void shown.push(text);

export const window = {
  activeTextEditor: undefined as { document: unknown } | undefined,
  activeColorTheme: { kind: 2 },
  createWebviewPanel: (_type: string, title: string) => {
    const panel = new FakePanel(title);
    panels.push(panel);
    return panel;
  },
  showTextDocument: async (document: unknown, options: unknown) => void opened.push({ document, options }),
  showWarningMessage: say,
  showInformationMessage: say,
  showErrorMessage: say,
  onDidChangeActiveTextEditor: events.editor.on,
  onDidChangeActiveColorTheme: events.theme.on,
};
export const workspace = {
  workspaceFolders: undefined as { uri: Uri }[] | undefined,
  getConfiguration: () => ({ get: (name: string, otherwise: string) => settings[name] ?? otherwise }),
  onDidChangeTextDocument: events.text.on,
};
export const commands = {
  registerCommand: (name: string, act: () => unknown) => {
    registered.set(name, act);
    return { dispose: () => registered.delete(name) };
  },
};
