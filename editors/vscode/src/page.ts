/** The page of the preview: a picture that follows the text. It has no state but the picture, and runs no inline code. */

export interface Page {
  /** The page's own script, as the webview may load it. */
  script: string;
  style: string;
  /** Where the webview may load from. */
  source: string;
}

export function page({ script, style, source }: Page): string {
  const policy = `default-src 'none'; img-src ${source}; script-src ${source}; style-src ${source} 'unsafe-inline'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${style}">
<title>Workflow graph</title>
</head>
<body>
<p id="problem" role="status" aria-live="polite" hidden></p>
<main id="picture" tabindex="-1"><p class="empty">Drawing the workflow …</p></main>
<script src="${script}"></script>
</body>
</html>
`;
}

/** How the editor's colours are called by the graph. */
export function theme(kind: number): "light" | "dark" {
  // vscode.ColorThemeKind: 1 light, 2 dark, 3 high contrast, 4 high contrast light
  return kind === 2 || kind === 3 ? "dark" : "light";
}

const WORKFLOW = /\.asl\.(json|ya?ml)$/;

/** Whether a document is a workflow, by its name or by its language. */
export function isWorkflow(document: { fileName: string; languageId: string }): boolean {
  return WORKFLOW.test(document.fileName) || document.languageId === "asl" || document.languageId === "asl-yaml";
}
