import type { Status } from '../src/control/messages.js';
import type { Report } from '../src/page/messages.js';
import { type CameraView, cameraView, type Pressed } from './camera.js';
import { type Said, sayTrouble } from './said.js';
import type { Times } from './times.js';

/** All that the page knows. */
export interface PageState {
  /** The last one; undefined before the first. */
  readonly report: Report | undefined;
  /** Reports should have come, and have not. */
  readonly silent: boolean;
  /** The settings have a camera. */
  readonly configured: boolean;
  /** By the camera's id: the last press of its test button. */
  readonly pressed: ReadonlyMap<string, Pressed>;
}

/** All that the page shows. */
export interface PageView {
  /** What matters before all else; undefined where all is well. */
  readonly notice: Said | undefined;
  /** Version and number of cameras; undefined where it is not known. */
  readonly summary: string | undefined;
  /** What Lookout was told over MQTT and HTTP, and did not take. */
  readonly refused: string | undefined;
  readonly cameras: readonly CameraView[];
}

export function pageView({ report, silent, configured, pressed }: PageState, times: Times): PageView {
  const nothing = { summary: undefined, refused: undefined, cameras: [] };
  if (silent) return { ...nothing, notice: CUT_OFF };
  if (report === undefined) return { ...nothing, notice: { tone: 'waiting', text: 'Asking how the cameras are …' } };
  if (report.kind === 'trouble')
    return { ...nothing, notice: report.fault === 'not-running' && !configured ? FIRST_CAMERA : sayTrouble(report) };
  const { version, cameras, refused, refusedOverHttp } = report.status;
  return {
    notice: undefined,
    summary: `Lookout ${version}, ${cameras.length === 1 ? 'one camera' : `${cameras.length} cameras`}`,
    refused: [...refusedOver('MQTT', refused), ...refusedOver('HTTP', refusedOverHttp)].join('; ') || undefined,
    cameras: cameras.map((camera) => cameraView(camera, pressed.get(camera.id), times)),
  };
}

const CUT_OFF: Said = {
  tone: 'warning',
  text: 'This page hears nothing from Homebridge’s UI. If this stays, close the page and open it again.',
};

const FIRST_CAMERA: Said = {
  tone: 'waiting',
  text: 'No camera is set up yet. Give it a name and a source below, save, and restart Homebridge.',
};

function refusedOver(way: string, refused: Status['refused']): string[] {
  const kinds = Object.entries(refused ?? {}).filter(([, count]) => count > 0);
  if (kinds.length === 0) return [];
  return [`Refused over ${way}: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`];
}
