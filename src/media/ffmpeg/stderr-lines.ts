import { StringDecoder } from 'node:string_decoder';

const MAX_LINE = 2000;
const MAX_TAIL = 20;

/** Parts what ffmpeg says into lines and keeps the last of them. */
export class StderrLines {
  private readonly decoder = new StringDecoder('utf8');
  private readonly last: string[] = [];
  private pending = '';

  /** @param onLine called with each line that is not empty, cut at 2,000 characters */
  constructor(private readonly onLine?: (line: string) => void) {}

  push(chunk: Buffer): void {
    const lines = (this.pending + this.decoder.write(chunk)).split(/[\r\n]+/);
    this.pending = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) this.take(line);
  }

  /** Takes what stands in an unfinished last line. */
  end(): void {
    this.take(this.pending + this.decoder.end());
    this.pending = '';
  }

  /** The last 20 lines. */
  tail(): string {
    return this.last.join('\n');
  }

  private take(whole: string): void {
    const line = whole.slice(0, MAX_LINE).trimEnd();
    if (line === '') return;
    this.last.push(line);
    if (this.last.length > MAX_TAIL) this.last.shift();
    this.onLine?.(line);
  }
}
