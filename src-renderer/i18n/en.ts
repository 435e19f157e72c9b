import { app } from './en/app.ts';
import { archive } from './en/archive.ts';
import { figures } from './en/figures.ts';
import { moments } from './en/moments.ts';
import { outside } from './en/outside.ts';
import { policies } from './en/policies.ts';
import { preflight } from './en/preflight.ts';
import { scenes } from './en/scenes.ts';
import { service } from './en/service.ts';
import { settings } from './en/settings.ts';
import { sources } from './en/sources.ts';
import { studio } from './en/studio.ts';

/** Every word of the page in English, which is also what the keys are typed from. */
export const en = {
  ...app,
  studio,
  moments,
  scenes,
  preflight,
  outside,
  figures,
  sources,
  archive,
  service,
  policies,
  settings,
} as const;
