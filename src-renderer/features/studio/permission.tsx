import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceKind } from '../../../src-main/shared/api/studio.ts';
import type { MediaAccess, MediaKind } from '../../../src-main/shared/desktop-contract.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';

const NEEDS: Readonly<Partial<Record<SourceKind, MediaKind>>> = {
  camera: 'camera',
  microphone: 'microphone',
  screen: 'screen',
  window: 'screen',
};

/** On the desktop: says when the system forbids a kind of device, and opens the place where it is allowed. */
export function Permission({ kind }: { readonly kind: SourceKind }): ReactNode {
  const { t } = useTranslation();
  const { desktop, notices } = useStores();
  const [access, setAccess] = useState<MediaAccess>();
  const [needsRestart, setNeedsRestart] = useState(false);
  const media = NEEDS[kind];

  useEffect(() => {
    if (desktop === undefined || media === undefined) {
      return undefined;
    }
    const gone = new AbortController();
    void (async () => {
      const found = await notices.attempt(() => desktop.mediaAccess(media));
      if (!gone.signal.aborted) {
        setAccess(found);
      }
    })();
    return () => gone.abort();
  }, [desktop, notices, media]);

  async function ask(): Promise<void> {
    if (desktop !== undefined && media !== undefined) {
      const answer = await notices.attempt(() => desktop.requestMediaAccess(media));
      setAccess(answer?.access);
      setNeedsRestart(answer?.restartNeeded ?? false);
    }
  }

  if (access !== 'denied' && access !== 'restricted' && access !== 'not-determined' && !needsRestart) {
    return undefined;
  }
  return (
    <Banner
      tone="caution"
      title={t('sources.permission.title')}
      action={
        <Button size="small" onPress={() => void ask()}>
          {t('sources.permission.open')}
        </Button>
      }
    >
      {t(needsRestart ? 'sources.permission.restart' : 'sources.permission.text')}
    </Banner>
  );
}
