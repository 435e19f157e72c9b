import type { ShownTile, Storyboard } from './storyboard.ts';

/** What a seek bar says of itself. */
export type SeekBarFacts = {
  /** UTC of a place on the bar, 0..1; undefined while it is not known. */
  readonly wallMsAt: (fraction: number) => number | undefined;
  /** Where the picture is that plays, 0..1. */
  readonly position: () => number;
};

/** For how long the picture stays after a key was pressed. */
const KEY_MS = 1500;
/** How often what is under a pointer that rests is looked at again: a broadcast moves under it, and the first picture may not be there yet. */
const REST_MS = 500;
/** The longer side of the picture, on wide screens and on phones. */
const LARGE = 208;
const SMALL = 144;
const NARROW_PIXELS = 560;
const MARGIN = 8;

/**
 * A picture over a seek bar of what is where the pointer is, or where the keys lead to. It tells nothing that the bar does not say in words, so it
 * is for the eyes only. `host` is what it stays inside of. Where there is no picture it is not there.
 */
export function attachSeekPreview(
  bar: HTMLElement,
  host: HTMLElement,
  storyboard: Storyboard,
  facts: SeekBarFacts,
): Disposable {
  const element = document.createElement('div');
  element.className = 'seek-preview';
  element.setAttribute('aria-hidden', 'true');
  element.hidden = true;
  host.append(element);
  const listening = new AbortController();
  const { signal } = listening;
  let wanted = 0;
  let pending = 0;
  let hiding: number | undefined;
  let resting: number | undefined;

  function hide(): void {
    wanted += 1;
    clearTimeout(hiding);
    clearInterval(resting);
    element.hidden = true;
  }

  async function show(fraction: number): Promise<void> {
    wanted += 1;
    const mine = wanted;
    const wallMs = facts.wallMsAt(Math.min(1, Math.max(0, fraction)));
    pending += 1;
    const tile = wallMs === undefined ? undefined : await storyboard.at(wallMs);
    pending -= 1;
    if (mine !== wanted || signal.aborted) {
      // The pointer has moved on.
      return;
    }
    element.hidden = tile === undefined;
    if (tile !== undefined) {
      place(element, host, bar, { tile, fraction });
    }
  }

  function onPointer(event: PointerEvent): void {
    clearTimeout(hiding);
    clearInterval(resting);
    const { clientX } = event;
    const look = (): void => {
      const { left, width } = bar.getBoundingClientRect();
      void show(width > 0 ? (clientX - left) / width : 0);
    };
    look();
    resting = setInterval(() => pending === 0 && look(), REST_MS);
  }

  function onKey(): void {
    // When the player has done what the key says.
    setTimeout(() => {
      if (!signal.aborted && bar.contains(document.activeElement)) {
        void show(facts.position());
        clearTimeout(hiding);
        hiding = setTimeout(hide, KEY_MS);
      }
    });
  }

  bar.addEventListener('pointermove', onPointer, { signal });
  bar.addEventListener('pointerdown', onPointer, { signal });
  bar.addEventListener('pointerleave', hide, { signal });
  bar.addEventListener('pointercancel', hide, { signal });
  bar.addEventListener('pointerup', (event) => event.pointerType === 'touch' && hide(), { signal });
  bar.addEventListener('keydown', onKey, { signal });
  bar.addEventListener('blur', hide, { signal });

  return {
    [Symbol.dispose]() {
      listening.abort();
      clearTimeout(hiding);
      clearInterval(resting);
      element.remove();
    },
  };
}

function place(
  element: HTMLElement,
  host: HTMLElement,
  bar: HTMLElement,
  { tile, fraction }: { readonly tile: ShownTile; readonly fraction: number },
): void {
  const area = host.getBoundingClientRect();
  const track = bar.getBoundingClientRect();
  const scale = (area.width < NARROW_PIXELS ? SMALL : LARGE) / Math.max(tile.width, tile.height);
  const width = Math.round(tile.width * scale);
  const center = track.left - area.left + Math.min(1, Math.max(0, fraction)) * track.width;
  const left = Math.min(area.width - width - MARGIN, Math.max(MARGIN, center - width / 2));
  element.style.left = `${Math.round(left)}px`;
  element.style.bottom = `${Math.round(area.bottom - track.top)}px`;
  paintTile(element, tile, scale);
}

/** Makes an element the size of the picture, with that part of the sprite behind it. */
function paintTile(element: HTMLElement, tile: ShownTile, scale: number): void {
  element.style.width = `${Math.round(tile.width * scale)}px`;
  element.style.height = `${Math.round(tile.height * scale)}px`;
  element.style.backgroundImage = `url(${JSON.stringify(tile.url)})`;
  element.style.backgroundSize = `${tile.spriteWidth * scale}px ${tile.spriteHeight * scale}px`;
  element.style.backgroundPosition = `${-tile.x * scale}px ${-tile.y * scale}px`;
}
