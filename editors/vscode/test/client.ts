/** A language server that answers what a test has prepared. */
export const TransportKind = { stdio: 0 };
export const server = {
  started: [] as { command: string; args: string[] }[],
  questions: [] as unknown[],
  answer: {} as unknown,
  breaks: false,
};

export class LanguageClient {
  constructor(
    _id: string,
    _name: string,
    private readonly program: { command: string; args: string[] },
  ) {}
  async start(): Promise<void> {
    if (server.breaks) throw new Error("ENOENT");
    server.started.push({ command: this.program.command, args: this.program.args });
  }
  async stop(): Promise<void> {
    server.started.pop();
  }
  async sendRequest(method: string, parameters: object): Promise<unknown> {
    server.questions.push({ method, ...parameters });
    return server.answer;
  }
}
