import type { API } from 'homebridge';
import { LookoutPlatform } from './platform.js';

export default (api: API): void => {
  api.registerPlatform('Lookout', LookoutPlatform);
};
