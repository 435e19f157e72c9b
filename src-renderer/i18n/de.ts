import { app } from './de/app.ts';
import { archive } from './de/archive.ts';
import { figures } from './de/figures.ts';
import { moments } from './de/moments.ts';
import { outside } from './de/outside.ts';
import { policies } from './de/policies.ts';
import { preflight } from './de/preflight.ts';
import { problems } from './de/problems.ts';
import { scenes } from './de/scenes.ts';
import { service } from './de/service.ts';
import { settings } from './de/settings.ts';
import { sources } from './de/sources.ts';
import { studio } from './de/studio.ts';
import type { en } from './en.ts';

/** The same keys with other words. */
type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translated<T[K]> };

export const de = {
  ...app,
  problems: { ...app.problems, ...problems },
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
} satisfies Translated<typeof en>;
