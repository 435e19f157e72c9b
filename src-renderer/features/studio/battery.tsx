import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { Figure } from '../../ui/parts.tsx';
import { EcoOffer } from './eco-offer.tsx';

/** The Battery Status API, which the DOM's types do not have and only some browsers do. */
type BatteryManager = EventTarget & {
  readonly charging: boolean;
  /** Seconds until empty; Infinity while that is unknown. */
  readonly dischargingTime: number;
};

/** Undefined: there is none, or nobody tells. */
type Power =
  | undefined
  | { readonly isOnBattery: false }
  /** `seconds`: until it is empty, once that is known. */
  | { readonly isOnBattery: true; readonly seconds: number | undefined };

const FAULT_SECONDS = 900;
const CAUTION_SECONDS = 3600;

/** Battery left as time, while it is being used up, and a ladder that uses less of it. */
export function Battery(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const power = usePower();
  if (power === undefined) {
    return undefined;
  }
  const seconds = power.isOnBattery ? power.seconds : undefined;
  return (
    <>
      {seconds !== undefined && (
        <Figure
          label={t('studio.figures.battery')}
          tone={seconds < FAULT_SECONDS ? 'fault' : seconds < CAUTION_SECONDS ? 'caution' : undefined}
        >
          {format.duration(seconds)}
        </Figure>
      )}
      <EcoOffer isOnBattery={power.isOnBattery} />
    </>
  );
}

function usePower(): Power {
  const [power, setPower] = useState<Power>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      const battery = await findBattery();
      if (battery === undefined || gone.signal.aborted) {
        return;
      }
      const read = (): void => {
        const { charging, dischargingTime } = battery;
        setPower(
          charging
            ? { isOnBattery: false }
            : { isOnBattery: true, seconds: Number.isFinite(dischargingTime) ? dischargingTime : undefined },
        );
      };
      read();
      battery.addEventListener('chargingchange', read, { signal: gone.signal });
      battery.addEventListener('dischargingtimechange', read, { signal: gone.signal });
    })();
    return () => gone.abort();
  }, []);
  return power;
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
