import { readerChoice } from '../../../src/camera/feed/open.js';
import { SourceError, type Source, type SourceFailure } from '../../../src/media/source.js';

const direct: Source = () => Promise.resolve();
const ffmpeg: Source = () => Promise.resolve();

function choose(failures: readonly (SourceFailure | undefined)[], withDirect = true) {
  const told: string[] = [];
  const next = readerChoice({ direct: withDirect ? () => direct : undefined, ffmpeg: () => ffmpeg }, (reason) => {
    told.push(reason);
  });
  const chosen = failures.map((failure) => next(failure && new SourceError(failure, `because of ${failure}`)));
  return { chosen: chosen.map((source) => (source === direct ? 'direct' : 'ffmpeg')), told };
}

describe('readerChoice', () => {
  it('stays with the direct reader over ordinary failures', () => {
    expect(choose([undefined, 'closed', 'timed-out', 'unauthorized', 'unreachable'])).toEqual({
      chosen: ['direct', 'direct', 'direct', 'direct', 'direct'],
      told: [],
    });
  });

  it.each(['unsupported', 'garbage'] as const)('goes over to ffmpeg for good after %s, and says so once', (failure) => {
    expect(choose([undefined, failure, 'closed', failure, undefined])).toEqual({
      chosen: ['direct', 'ffmpeg', 'ffmpeg', 'ffmpeg', 'ffmpeg'],
      told: [`because of ${failure}`],
    });
  });

  it('begins with ffmpeg where the address is not for the direct reader', () => {
    expect(choose([undefined, 'unsupported'], false)).toEqual({ chosen: ['ffmpeg', 'ffmpeg'], told: [] });
  });
});
