import { codeOf } from '../events/files.js';

/** What stands between us and the broker, in words, and whether an older protocol may be what it wants. */
export interface Trouble {
  /** What happened and what to do about it; without a full stop at its end. */
  readonly said: string;
  /** It does not know MQTT 5. */
  readonly tooNew: boolean;
  /** It does not like our user name or password: they may have changed. */
  readonly login: boolean;
}

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there. See whether the broker runs, and on which port',
  ENOTFOUND: 'there is no such host. See "mqtt.url"',
  EAI_AGAIN: 'its name cannot be looked up. See the network of the hub',
  EHOSTUNREACH: 'the host cannot be reached. See the network of the hub',
  ENETUNREACH: 'the network cannot be reached. See the network of the hub',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closes the connection. See whether its port is for TLS ("mqtts://") or not',
  EPIPE: 'it closes the connection',
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself. Name it in "mqtt.ca"',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known. Name that in "mqtt.ca"',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that is not known. Name that in "mqtt.ca"',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not known. Name that in "mqtt.ca"',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host. Use the name that stands in it in "mqtt.url"',
  EPROTO: 'TLS cannot be agreed on. See whether the port is for TLS ("mqtts://")',
};

const LOGIN_REFUSED = [4, 5, 134, 135];
const TOO_NEW = [1, 132];

/** @param error as MQTT.js gives it: `code` is a number where it is the broker's */
export function troubleOf(error: unknown): Trouble {
  const reason = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof reason === 'number') {
    const login = LOGIN_REFUSED.includes(reason);
    return {
      said: login
        ? 'it refuses the user name or the password. See "mqtt.username" and "mqtt.password"'
        : `it refuses us (${wordsOf(error)})`,
      tooNew: TOO_NEW.includes(reason),
      login,
    };
  }
  const code = codeOf(error);
  return { said: BY_CODE[code] ?? wordsOf(error), tooNew: false, login: false };
}

/** Some errors are several, each with a reason of its own. */
function wordsOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const message = first instanceof Error ? first.message : String(first);
  return message.replace(/^Connection refused: /, '').replace(/\.$/, '') || 'it cannot be reached';
}

/** Whether a message that the broker refused may be taken later. */
export const isPassing = (error: unknown): boolean =>
  !(
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    [135, 144, 149, 153].includes(Number(error.code))
  );
