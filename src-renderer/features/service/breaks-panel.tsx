import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { numberOf } from '../../i18n/units.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Switch, TextField } from '../../ui/field.tsx';
import { useNow } from '../../ui/use-now.ts';
import { ProblemBanner } from './problem-banner.tsx';
import { isEncoding } from './recipes.ts';
import { SlatePicker } from './slate-picker.tsx';

/** Breaks in the programme, and a picture over it: what v2 had buttons for. */
export function BreaksPanel({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  return (
    <section className="card" aria-labelledby="breaks-title">
      <h3 id="breaks-title" className="section-title">
        {t(isEncoding(event) ? 'service.breaks.title' : 'service.breaks.titleWithoutSlate')}
      </h3>
      {isEncoding(event) && <Slate event={event} />}
      <Advertisement event={event} />
    </section>
  );
}

function Slate({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents, timers } = useStores();
  const { name } = event;
  const pending = useStore(liveEvents, (slice) => slice.pending);
  const untilMs = msOf(event.onAir?.slate);
  const nowMs = useNow(untilMs > 0 ? 1000 : undefined, timers.nowMs);
  const [seconds, setSeconds] = useState('60');
  const [picture, setPicture] = useState('');
  const duration = numberOf(seconds);
  const submission = useSubmit({
    fields: ['duration', 'assetName'],
    send: () =>
      liveEvents.showSlate(name, {
        duration: duration ?? 0,
        ...(picture === '' ? {} : { assetName: picture }),
      }),
    onDone: () => undefined,
  });
  const left = Math.ceil((untilMs - nowMs) / 1000);
  return (
    <form
      className="service__break"
      aria-label={t('service.breaks.slate')}
      onSubmit={(submit) => {
        submit.preventDefault();
        if (isLength(duration)) {
          submission.submit();
        }
      }}
    >
      <SlatePicker
        label={t('service.slates.label')}
        usual={event.encoding.slate?.defaultSlateAssetName ?? t('service.slates.stock')}
        value={picture}
        onChange={setPicture}
        error={submission.faultOf('assetName')}
      />
      <TextField
        label={t('service.breaks.slateSeconds')}
        value={seconds}
        onChange={setSeconds}
        inputMode="decimal"
        suffix={t('settings.units.seconds')}
        error={submission.faultOf('duration') ?? (isLength(duration) ? undefined : t('settings.fault.number'))}
      />
      <div className="row">
        <Button
          icon="slate"
          isPending={submission.isSaving}
          isDisabled={!isLength(duration)}
          onPress={submission.submit}
        >
          {t('service.breaks.showSlate')}
        </Button>
        <Button
          isPending={pending.has(`${name}/hideSlate`)}
          isDisabled={left <= 0}
          onPress={() => void liveEvents.hideSlate(name)}
        >
          {t('service.breaks.hideSlate')}
        </Button>
      </div>
      <p className="card__note" role="status">
        {left > 0 ? t('service.breaks.slateShows', { seconds: left }) : t('service.breaks.slateNote')}
      </p>
      {submission.words !== undefined && <ProblemBanner problem={submission.problem} />}
    </form>
  );
}

function Advertisement({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { liveEvents, timers } = useStores();
  const { name } = event;
  const pending = useStore(liveEvents, (slice) => slice.pending);
  const current = event.onAir?.advertisement;
  const nowMs = useNow(current === undefined ? undefined : 1000, timers.nowMs);
  const [seconds, setSeconds] = useState('30');
  const [cueId, setCueId] = useState<string>();
  // Seconds since 1970: no two breaks of a person have the same, and it fits where SCTE-35 has 32 bits for it.
  const [freshId, setFreshId] = useState(() => Math.floor(timers.nowMs() / 1000));
  const [withSlate, setWithSlate] = useState(event.encoding.slate?.insertSlateOnAdMarker ?? false);
  const left = current === undefined ? 0 : Math.ceil((msOf(current) - nowMs) / 1000);
  const shownId = cueId ?? String(left > 0 && current !== undefined ? current.cueId : freshId);
  const id = /^[1-9]\d{0,9}$/.test(shownId) ? Number(shownId) : undefined;
  const duration = numberOf(seconds);
  const isReady = id !== undefined && isLength(duration);
  const submission = useSubmit({
    fields: ['duration', 'cueId'],
    send: () =>
      liveEvents.startAdvertisement(name, {
        duration: duration ?? 0,
        cueId: id ?? 0,
        ...(isEncoding(event) ? { showSlate: withSlate } : {}),
      }),
    onDone() {
      setCueId(undefined);
      setFreshId(Math.floor(timers.nowMs() / 1000) + 1);
    },
  });
  return (
    <form
      className="service__break"
      aria-label={t('service.breaks.advertisement')}
      onSubmit={(submit) => {
        submit.preventDefault();
        if (isReady) {
          submission.submit();
        }
      }}
    >
      <div className="form__row">
        <TextField
          label={t('service.breaks.adSeconds')}
          value={seconds}
          onChange={setSeconds}
          inputMode="decimal"
          suffix={t('settings.units.seconds')}
          error={submission.faultOf('duration') ?? (isLength(duration) ? undefined : t('settings.fault.number'))}
        />
        <TextField
          label={t('service.breaks.cueId')}
          value={shownId}
          onChange={setCueId}
          inputMode="numeric"
          error={submission.faultOf('cueId') ?? (id === undefined ? t('service.breaks.cueIdFault') : undefined)}
        />
      </div>
      {isEncoding(event) && (
        <Switch isSelected={withSlate} onChange={setWithSlate}>
          {t('service.breaks.withSlate')}
        </Switch>
      )}
      <div className="row">
        <Button icon="marker" isPending={submission.isSaving} isDisabled={!isReady} onPress={submission.submit}>
          {t('service.breaks.startAd')}
        </Button>
        <Button
          isPending={pending.has(`${name}/endAdvertisement`)}
          isDisabled={id === undefined}
          onPress={() => {
            if (id !== undefined) {
              void liveEvents.endAdvertisement(name, id);
            }
          }}
        >
          {t('service.breaks.endAd')}
        </Button>
      </div>
      <p className="card__note" role="status">
        {left > 0 && current !== undefined
          ? t('service.breaks.adRuns', { cueId: current.cueId, seconds: left })
          : t('service.breaks.adNote')}
      </p>
      {submission.words !== undefined && <ProblemBanner problem={submission.problem} />}
    </form>
  );
}

function msOf(shown: { readonly until: string } | undefined): number {
  return shown === undefined ? 0 : Date.parse(shown.until);
}

/** A length of 0 would end what runs, which has a button of its own. */
function isLength(seconds: number | undefined): boolean {
  return seconds !== undefined && seconds > 0;
}
