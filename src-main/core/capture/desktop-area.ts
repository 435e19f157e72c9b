import type { Area, ScreenFacts } from './device-facts.ts';

/** The rectangle around all screens; undefined when no screen says where it is. */
export function boundsOf(screens: readonly ScreenFacts[]): Area | undefined {
  const areas = screens.flatMap(({ area }) => (area === undefined ? [] : [area]));
  if (areas.length === 0) {
    return undefined;
  }
  const x = Math.min(...areas.map((area) => area.x));
  const y = Math.min(...areas.map((area) => area.y));
  return {
    x,
    y,
    width: Math.max(...areas.map((area) => area.x + area.width)) - x,
    height: Math.max(...areas.map((area) => area.y + area.height)) - y,
  };
}
