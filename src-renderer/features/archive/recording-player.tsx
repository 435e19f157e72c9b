import { type ReactNode, type RefCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import type { OpenPlayer } from '../../player/open-player.ts';
import type { PlayerState } from '../../player/player-state.ts';
import type { Storyboard } from '../../player/storyboard.ts';
import { usePlayer } from '../../player/use-player.ts';
import { useStoryboard } from '../../player/use-tile.ts';
import { useStores } from '../../stores/context.ts';
import type { Playable } from '../../stores/publishing-store.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';
import { Spinner } from '../../ui/spinner.tsx';
import { spanOf } from './asset-list.ts';

/** A recording being played, in seconds of the recording. */
export type Playback = {
  readonly setHost: RefCallback<HTMLElement>;
  readonly state: PlayerState;
  readonly seconds: number;
  /** To where it can be seeked: the end, or what has been recorded so far. */
  readonly end: number;
  readonly problem: Problem | undefined;
  readonly player: OpenPlayer | undefined;
  /** Undefined as long as there is none. */
  readonly storyboard: Storyboard | undefined;
  /** UTC of the time 0 of the recording, in ms since 1970. */
  readonly startMs: number | undefined;
  readonly seek: (recordingSeconds: number) => void;
  readonly toggle: () => void;
  readonly retry: () => void;
};

/** Plays an asset through a locator that it has, or through one made for this page. */
export function usePlayback(asset: Asset): Playback {
  const { locators } = useStores();
  const [source, setSource] = useState<Pick<Playable, 'hls' | 'keyToken'>>();
  const [problem, setProblem] = useState<Problem>();
  const [attempt, setAttempt] = useState(0);
  const { name } = asset;
  const hasMedia = asset.duration > 0;
  const isRecording = asset.state === 'recording';

  useEffect(() => {
    if (!hasMedia) {
      return undefined;
    }
    const gone = new AbortController();
    void (async () => {
      try {
        const { hls, keyToken } = await locators.playable(name);
        if (!gone.signal.aborted) {
          // The fragment is never sent; it makes the address of another try another one.
          setSource({ hls: attempt === 0 ? hls : `${hls}#${attempt}`, keyToken });
          setProblem(undefined);
        }
      } catch (error) {
        if (!gone.signal.aborted) {
          setProblem(problemOf(error));
        }
      }
    })();
    return () => gone.abort();
  }, [locators, name, hasMedia, attempt]);

  const { hls: url, keyToken } = source ?? {};
  const how = { isLive: isRecording, autoplay: false, isMuted: false };
  const { setHost, player, state } = usePlayer({ url, ...how, keyToken });
  const storyboard = useStoryboard(url);
  const startMs = asset.recordedAt === undefined ? undefined : Date.parse(asset.recordedAt);
  const shown =
    startMs === undefined || state.wallMs === undefined ? state.seconds : (state.wallMs - startMs) / 1000;

  return {
    setHost,
    player,
    storyboard,
    startMs,
    state,
    seconds: Math.max(0, shown),
    end: Math.max(spanOf(asset), 0.1),
    problem,
    seek(recordingSeconds) {
      const wanted =
        startMs === undefined ? undefined : player?.timeMap().toPlayerSeconds(startMs + recordingSeconds * 1000);
      player?.seek(wanted ?? recordingSeconds);
    },
    toggle() {
      if (state.isPaused) {
        player?.play();
      } else {
        player?.pause();
      }
    },
    retry() {
      setProblem(undefined);
      setAttempt(attempt + 1);
    },
  };
}

export function PlayerPicture(props: { readonly playback: Playback; readonly title: string }): ReactNode {
  const { playback, title } = props;
  const { t } = useTranslation();
  const { setHost, state, problem } = playback;
  const words = problem === undefined ? undefined : problemText(t, problem);
  return (
    <div className="recording-player">
      <div
        ref={setHost}
        className="player__host"
        role="img"
        aria-label={t('archive.player.picture', { title })}
        onClick={() => playback.toggle()}
      />
      {state.isWaiting && problem === undefined && !state.hasFailed && (
        <span className="recording-player__wait">
          <Spinner />
        </span>
      )}
      {(words !== undefined || state.hasFailed) && (
        <div className="recording-player__fault">
          <Banner
            tone="fault"
            title={words?.title ?? t('archive.player.failedTitle')}
            action={<Button onPress={() => playback.retry()}>{t('common.retry')}</Button>}
            role="alert"
          >
            {words?.text ?? t('archive.player.failedText')}
          </Banner>
        </div>
      )}
    </div>
  );
}
