import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import { useStores } from '../../stores/context.ts';
import { Icon } from '../../ui/icon.tsx';
import { useVisible } from '../../ui/use-visible.ts';

/** The poster, fetched when its card comes into sight. */
export function Poster({ asset }: { readonly asset: Asset }): ReactNode {
  const { assets } = useStores();
  const box = useRef<HTMLSpanElement>(null);
  const isVisible = useVisible(box);
  const [url, setUrl] = useState<string>();
  const { name } = asset;
  const hasMedia = asset.duration > 0;
  // A recording in progress gets its picture a few seconds after it began.
  const isWanted = isVisible && hasMedia;

  useEffect(() => {
    if (!isWanted) {
      return undefined;
    }
    const gone = new AbortController();
    let made: string | undefined;
    void (async () => {
      const blob = await assets.poster(name, gone.signal);
      if (blob !== undefined && !gone.signal.aborted) {
        made = URL.createObjectURL(blob);
        setUrl(made);
      }
    })();
    return () => {
      gone.abort();
      if (made !== undefined) {
        URL.revokeObjectURL(made);
        setUrl(undefined);
      }
    };
  }, [assets, name, isWanted]);

  return (
    <span className="poster" ref={box}>
      {url === undefined ? (
        <Icon name="archive" size={28} />
      ) : (
        <img className="poster__image" src={url} alt="" draggable={false} />
      )}
    </span>
  );
}
