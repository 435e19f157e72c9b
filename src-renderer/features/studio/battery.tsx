import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { Figure } from '../../ui/parts.tsx';

/** The Battery Status API, which the DOM's types do not have and only some browsers do. */
type BatteryManager = EventTarget & {
  readonly charging: boolean;
  /** Seconds until empty; Infinity while that is unknown. */
  readonly dischargingTime: number;
};

const FAULT_SECONDS = 900;
const CAUTION_SECONDS = 3600;

/** Battery left as time, while it is being used up. */
export function Battery(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useBatterySeconds();
  if (seconds === undefined) {
    return undefined;
  }
  const tone = seconds < FAULT_SECONDS ? 'fault' : seconds < CAUTION_SECONDS ? 'caution' : undefined;
  return (
    <Figure label={t('studio.figures.battery')} tone={tone}>
      {format.duration(seconds)}
    </Figure>
  );
}

function useBatterySeconds(): number | undefined {
  const [seconds, setSeconds] = useState<number>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      const battery = await findBattery();
      if (battery === undefined || gone.signal.aborted) {
        return;
      }
      const read = (): void =>
        setSeconds(
          battery.charging || !Number.isFinite(battery.dischargingTime) ? undefined : battery.dischargingTime,
        );
      read();
      battery.addEventListener('chargingchange', read, { signal: gone.signal });
      battery.addEventListener('dischargingtimechange', read, { signal: gone.signal });
    })();
    return () => gone.abort();
  }, []);
  return seconds;
}

async function findBattery(): Promise<BatteryManager | undefined> {
  const get: unknown = Reflect.get(navigator, 'getBattery');
  if (typeof get !== 'function') {
    return undefined;
  }
  try {
    const found: unknown = await Reflect.apply(get, navigator, []);
    return isBattery(found) ? found : undefined;
  } catch {
    // A permissions policy may forbid it.
    return undefined;
  }
}

function isBattery(value: unknown): value is BatteryManager {
  return value instanceof EventTarget && 'charging' in value && 'dischargingTime' in value;
}
