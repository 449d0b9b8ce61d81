import type { OnvifProfile } from '../../src/onvif/device.js';
import { chooseStreams } from '../../src/onvif/streams.js';

type Codec = NonNullable<OnvifProfile['video']>['codec'];

const profile = (said: string): OnvifProfile => {
  const [codec, width, height] = said.split(' ');
  const video = codec === 'none' ? undefined : { codec: codec as Codec, width: Number(width), height: Number(height) };
  return { token: said, name: said, video, audio: false };
};

describe('which profiles are watched and shown', () => {
  it.each([
    { of: ['h264 1920 1080', 'h264 640 360'], main: 'h264 1920 1080', sub: 'h264 640 360' },
    { of: ['h264 640 360', 'h264 1920 1080'], main: 'h264 1920 1080', sub: 'h264 640 360' },
    { of: ['hevc 3840 2160', 'h264 1920 1080', 'h264 640 360'], main: 'h264 1920 1080', sub: 'h264 640 360' },
    { of: ['hevc 3840 2160', 'h264 640 360'], main: 'hevc 3840 2160', sub: 'h264 640 360' },
    { of: ['hevc 3840 2160', 'hevc 640 360', 'h264 640 360'], main: 'hevc 3840 2160', sub: 'h264 640 360' },
    { of: ['h264 1280 720', 'hevc 3840 2160'], main: 'h264 1280 720', sub: undefined },
    { of: ['h264 640 480'], main: 'h264 640 480', sub: undefined },
    { of: ['h264 1920 1080', 'h264 1920 1080'], main: 'h264 1920 1080', sub: undefined },
    { of: ['h264 1920 1080', 'h264 704 576'], main: 'h264 1920 1080', sub: undefined },
    { of: ['h264 1920 1088', 'h264 640 360'], main: 'h264 1920 1088', sub: 'h264 640 360' },
    {
      of: ['h264 1920 1080', 'h264 1280 720', 'h264 640 360', 'h264 160 90'],
      main: 'h264 1920 1080',
      sub: 'h264 640 360',
    },
    { of: ['jpeg 3840 2160', 'h264 1920 1080', 'jpeg 640 360'], main: 'h264 1920 1080', sub: undefined },
    { of: ['h264 1080 1920', 'h264 360 640'], main: 'h264 1080 1920', sub: 'h264 360 640' },
    { of: ['jpeg 640 360', 'none', 'other 640 360', 'h264 0 0'], main: undefined, sub: undefined },
    { of: [], main: undefined, sub: undefined },
  ])('$of: $main, $sub', ({ of, main, sub }) => {
    const chosen = chooseStreams(of.map(profile));
    expect(chosen?.main.token).toBe(main);
    expect(chosen?.sub?.token).toBe(sub);
  });
});
