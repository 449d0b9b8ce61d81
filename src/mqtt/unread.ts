import type { MqttClient } from 'mqtt';

/** Before MQTT 5 brokers send whatever they are given: of a message that is not whole by then no more is read, bytes. */
const MOST = 1024 * 1024;
/** A connection that has lasted so long, ms, was not made only to be sent the same again. */
const LASTING = 60_000;

/** Ends connections on which a message comes that is too long. */
export class Unread {
  /** Since the last packet. */
  #bytes = 0;
  #since = 0;
  #inARow = 0;

  /** A packet was whole. */
  packet(): void {
    this.#bytes = 0;
  }

  /**
   * Watches a connection from its beginning; there is one at a time.
   *
   * @param onTooMuch told before the connection is ended; with how many connections in a row that was so
   */
  watch(stream: MqttClient['stream'], onTooMuch: (inARow: number) => void): void {
    this.#bytes = 0;
    this.#since = performance.now();
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= MOST || stream.destroyed) return;
      this.#inARow = performance.now() - this.#since > LASTING ? 1 : this.#inARow + 1;
      onTooMuch(this.#inARow);
      stream.destroy();
    });
  }
}
