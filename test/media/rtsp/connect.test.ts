import { once } from 'node:events';
import { connectToCamera } from '../../../src/media/rtsp/connect.js';
import { scriptedCamera } from './scripted-camera.js';

it('reads nothing ahead while it is held, and everything after', async () => {
  await using camera = await scriptedCamera(() => 'first');
  const socket = await connectToCamera({ host: '127.0.0.1', port: camera.port, tls: false }, AbortSignal.timeout(5000));
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write('A b RTSP/1.0\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  const wakeUps = new Set<number>();
  for (let i = 0; i < 20; i++) {
    camera.socket?.write('more');
    await new Promise((resolve) => setTimeout(resolve, 5));
    wakeUps.add(socket.bytesRead);
  }
  // Before, and after the one read that was under way.
  expect(wakeUps.size).toBeLessThanOrEqual(2);
  expect(socket.bytesRead).toBeLessThan(40);
  socket.resume();
  for (let i = 0; i < 200 && text.length < 85; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(text).toBe(`first${'more'.repeat(20)}`);
  socket.destroy();
});
