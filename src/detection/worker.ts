import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { Analysis } from './analysis.js';
import type { Reply, Request } from './messages.js';

/** The thread in which pictures are looked at. It ends when its port is closed and all cameras are. */
const port = parentPort;
if (port === null) throw new Error('The analysis’ thread is started by the hub.');

const say = (reply: Reply): void => {
  port.postMessage(reply);
};

const cameras = new Map<number, { readonly analysis: Analysis; readonly life: AbortController }>();

const hear = (request: Request): void => {
  const { camera } = request;
  const open = cameras.get(camera);
  switch (request.type) {
    case 'open': {
      const life = new AbortController();
      const analysis = new Analysis({
        settings: request.settings,
        signal: life.signal,
        now: () => performance.now(),
        onNews: (news) => {
          say({ camera, ...news });
        },
      });
      cameras.set(camera, { analysis, life });
      break;
    }
    case 'feed':
      open?.analysis.take(request.portions);
      break;
    case 'mode':
      open?.analysis.watchBy(request.mode);
      break;
    case 'candidate':
      open?.analysis.candidate(request.at, request.source);
      break;
    case 'doubt':
      open?.analysis.doubtBy(request.doubt);
      break;
    case 'forget':
      open?.analysis.forget();
      break;
    case 'close':
      open?.analysis.finish();
      open?.life.abort();
      cameras.delete(camera);
      void Promise.resolve(open?.analysis.ended).then(() => {
        say({ type: 'closed', camera });
      });
      break;
  }
};
port.on('message', hear);

// Whatever the thread dies of, its decoders end before it: nobody else can wait for them, and they would stay defunct.
process.once('uncaughtException', (error) => {
  port.off('message', hear);
  const ends = [...cameras.values()].map(({ analysis, life }) => {
    life.abort();
    return analysis.ended;
  });
  void Promise.all(ends).then(() => {
    setImmediate(() => {
      throw error;
    });
  });
});
