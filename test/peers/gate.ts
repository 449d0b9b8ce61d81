import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a port that the test opens and shuts. Shut, it hangs up on whoever comes; whoever is inside stays. */
export class Gate implements AsyncDisposable {
  open = true;
  readonly #server: Server;
  readonly #inside = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((near) => {
      if (!this.open) {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#inside.add(socket);
        socket.setNoDelay();
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#inside.delete(socket);
          other.destroySoon();
        });
        socket.pipe(other);
      }
    });
  }

  static async to(target: number): Promise<Gate> {
    const gate = new Gate(target);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#inside) socket.destroy();
    await once(this.#server, 'close');
  }
}
