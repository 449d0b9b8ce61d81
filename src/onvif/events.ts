import { randomUUID } from 'node:crypto';
import { type Items, type Lease, noticesOf, leaseOf, subscriptionOf } from './answers.js';
import { reachable } from './addresses.js';
import { type OnvifEvent, OnvifError } from './device.js';
import { UPDATE_IT } from './exchange.js';
import { Ongoing } from './ongoing.js';
import * as plan from './pull-plan.js';
import { type CallOptions, OnvifRefusal, type Session } from './session.js';
import { longestWaitOf } from './soap.js';
import { type Element, escapeXml, writeXml } from './xml.js';

export interface EventOptions {
  readonly session: Pick<Session, 'call' | 'clockOffset'>;
  readonly service: URL;
  readonly host: string;
  /** Whether what a message is of is heard. */
  readonly hears: (source: readonly Items[]) => boolean;
  /** Ms on the hub's monotonic clock. */
  readonly now: () => number;
  /** Ms since 1970 on the hub's clock. */
  readonly wallclock: () => number;
  /** Resolves after so many ms, rejects when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For an answer that is not waited for, ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const EVENTS = 'http://www.onvif.org/ver10/events/wsdl';
const NOTIFICATION = 'http://docs.oasis-open.org/wsn/b-2';
const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
/** Of addressing and of what the camera wants to have back with each request. */
const IS_REFERENCE = ` a:IsReferenceParameter="true" xmlns:a="${ADDRESSING}"`;

const ACTIONS = {
  create: `${EVENTS}/EventPortType/CreatePullPointSubscriptionRequest`,
  pull: `${EVENTS}/PullPointSubscription/PullMessagesRequest`,
  renew: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest',
  unsubscribe: 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest',
};

/** For a camera to hear that nobody listens any more, ms. */
const FAREWELL = 1_000;

/** Characters of what a camera wants to have back with each request; Axis has a tenth of this. */
const LONGEST_REFERENCE = 4_096;

const header = (to: string, action: string, reference = ''): string =>
  `<Action xmlns="${ADDRESSING}">${action}</Action><To xmlns="${ADDRESSING}">${escapeXml(to)}</To>` +
  `<MessageID xmlns="${ADDRESSING}">urn:uuid:${randomUUID()}</MessageID>` +
  reference;

const duration = (ms: number): string => `PT${Math.max(Math.round(ms / 1000), 1)}S`;

/** A subscription at the camera, which ends by itself. */
interface PullPoint {
  readonly url: URL;
  /** As the camera calls it. */
  readonly address: string;
  /** XML that the camera wants to have back. */
  readonly reference: string;
  /** Ms on the hub's monotonic clock, as the next. */
  readonly since: number;
  until: number;
  lease: number;
  /** Not where it has refused that. */
  renews: boolean;
  /** It has answered a pull. */
  pulled: boolean;
}

/** See `OnvifDevice.events`. Says goodbye to the camera before it is done, for which it takes 1 s at most. */
export async function* pullEvents(options: EventOptions): AsyncGenerator<OnvifEvent, void> {
  const { signal, pause, session, now, wallclock } = options;
  const ongoing = new Ongoing();
  let point: PullPoint | undefined;
  let wait = plan.LONGEST_WAIT;
  let failures = 0;
  let idle = 0;
  try {
    while (!signal.aborted) {
      try {
        point = await kept(options, point, wait);
        const held = plan.waitWithin(wait, point.lease);
        const began = now();
        const answer = await pull(options, point, held);
        failures = 0;
        const notices = noticesOf(answer);
        for (const notice of notices.filter(({ source }) => options.hears(source))) {
          yield* ongoing.hear(notice, session.clockOffset, now(), wallclock());
        }
        const next = plan.pauseAfter(notices.length, now() - began, idle);
        idle = next.idle;
        if (next.pause > 0) await pause(next.pause, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error) || ++failures >= plan.MOST_FAILURES) throw error;
        const longest = error instanceof OnvifRefusal && error.soap ? longestWaitOf(error.soap) : undefined;
        const shorter = plan.shorterWait(wait, longest, point?.pulled ?? true);
        // A point that is refused its wait is still there.
        const age = shorter === undefined && point !== undefined ? now() - point.since : undefined;
        if (shorter !== undefined) wait = shorter;
        else {
          await drop(options, point);
          point = undefined;
        }
        await pause(plan.pauseBeforeNext(failures, age), signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await drop(options, point);
  }
}

/** Whether the next attempt may go better. A user who may not is no better next time, and would be locked out. */
const isPassing = (error: unknown): boolean =>
  error instanceof OnvifRefusal ? !error.ofUser : error instanceof OnvifError && error.fault === 'nonsense';

/** The subscription, made, or made to go on for as long as the next pull takes. */
async function kept(options: EventOptions, point: PullPoint | undefined, wait: number): Promise<PullPoint> {
  if (point === undefined) return create(options);
  if (!plan.isDue(point.until, options.now(), wait, point.lease)) return point;
  if (point.renews) {
    try {
      return await renew(options, point);
    } catch (error) {
      if (!(error instanceof OnvifRefusal)) throw error;
      // Many know no renewal, but go on for as long as they are pulled.
      point.renews = false;
    }
  }
  if (options.now() < point.until) return point;
  await drop(options, point);
  return create(options);
}

async function create(options: EventOptions): Promise<PullPoint> {
  const { session, service, host, now, signal } = options;
  const body =
    `<CreatePullPointSubscription xmlns="${EVENTS}">` +
    `<InitialTerminationTime>${duration(plan.LEASE)}</InitialTerminationTime></CreatePullPointSubscription>`;
  const action = ACTIONS.create;
  const answer = await session.call(service, body, { signal, action, header: header(service.href, action) });
  const subscription = subscriptionOf(answer);
  const url = subscription && reachable(subscription.address, service);
  if (subscription === undefined || url === undefined)
    throw new OnvifError('nonsense', `${host} does not say where its events are: ${UPDATE_IT}.`);
  const { address, parameters, lease = plan.LEASE } = subscription;
  const reference = parameters.map((parameter) => writeXml(parameter, IS_REFERENCE)).join('');
  if (reference.length > LONGEST_REFERENCE)
    throw new OnvifError(
      'nonsense',
      `${host} wants more to be said with each request for events than any camera does: ${UPDATE_IT}.`,
    );
  return { url, address, reference, since: now(), until: now() + lease, lease, renews: true, pulled: false };
}

function ask(options: EventOptions, point: PullPoint, action: keyof typeof ACTIONS, body: string, more: CallOptions) {
  const to = header(point.address, ACTIONS[action], point.reference);
  return options.session.call(point.url, body, { action: ACTIONS[action], header: to, ...more });
}

async function pull(options: EventOptions, point: PullPoint, wait: number): Promise<Element> {
  const { signal, timeout, now } = options;
  const body =
    `<PullMessages xmlns="${EVENTS}"><Timeout>${duration(wait)}</Timeout>` +
    '<MessageLimit>100</MessageLimit></PullMessages>';
  const answer = await ask(options, point, 'pull', body, { signal, timeout: wait + timeout });
  extend(point, leaseOf(answer), now());
  point.pulled = true;
  return answer;
}

async function renew(options: EventOptions, point: PullPoint): Promise<PullPoint> {
  const body = `<Renew xmlns="${NOTIFICATION}"><TerminationTime>${duration(plan.LEASE)}</TerminationTime></Renew>`;
  const answer = await ask(options, point, 'renew', body, { signal: options.signal });
  extend(point, leaseOf(answer) ?? plan.LEASE, options.now());
  return point;
}

function extend(point: PullPoint, lease: Lease, now: number): void {
  if (lease === undefined) return;
  point.until = now + lease;
  point.lease = Math.max(lease, point.lease);
}

/** Takes the subscription back, whether the camera hears it or not. */
async function drop(options: EventOptions, point: PullPoint | undefined): Promise<void> {
  if (point === undefined || options.now() >= point.until) return;
  const body = `<Unsubscribe xmlns="${NOTIFICATION}"/>`;
  await ask(options, point, 'unsubscribe', body, { timeout: FAREWELL, isFarewell: true }).catch(() => undefined);
}
