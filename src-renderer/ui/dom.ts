/** Small pieces to write a page with that changes twice a second without losing focus or a finger that is down. */

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** Only when it is another text: a screen reader reads what is written, also when it is the same. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** The children of `list`, one for each item, each kept as long as its item is there. */
export function createRows<T>(
  list: HTMLElement,
  options: {
    readonly keyOf: (item: T) => string;
    readonly open: (item: T) => { readonly element: HTMLElement; readonly update: (item: T) => void };
  },
): (items: readonly T[]) => void {
  const rows = new Map<string, { readonly element: HTMLElement; readonly update: (item: T) => void }>();
  return (items) => {
    const keys = new Set(items.map(options.keyOf));
    for (const [key, { element }] of rows) {
      if (!keys.has(key)) {
        element.remove();
        rows.delete(key);
      }
    }
    for (const [index, item] of items.entries()) {
      const key = options.keyOf(item);
      const row = rows.get(key) ?? options.open(item);
      rows.set(key, row);
      row.update(item);
      if (list.children[index] !== row.element) {
        list.insertBefore(row.element, list.children[index] ?? null);
      }
    }
  };
}

const HOLD_MS = 800;

/** Acts when it was held for 0.8 s, so that a pocket ends nothing. A screen reader's click cannot be held and acts at once. */
export function onHold(button: HTMLElement, act: () => void): void {
  let timer: number | undefined;
  const release = (): void => {
    clearTimeout(timer);
    timer = undefined;
    delete button.dataset['held'];
  };
  const press = (): void => {
    release();
    button.dataset['held'] = '';
    timer = setTimeout(() => {
      release();
      act();
    }, HOLD_MS);
  };
  button.addEventListener('pointerdown', press);
  for (const type of ['pointerup', 'pointerleave', 'pointercancel', 'blur', 'keyup']) {
    button.addEventListener(type, release);
  }
  button.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      // Else it would be a click.
      event.preventDefault();
      if (!event.repeat) {
        press();
      }
    }
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('click', (event) => {
    // A click without a pointer and without a key is an assistive technology's.
    if (event.detail === 0) {
      act();
    }
  });
}

/** Throws for a page without it: that is a mistake of ours. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) {
    throw new Error(`the page has no #${id}`);
  }
  return element;
}

/** Light or dark as the system is, for pages without settings. */
export function followTheme(): void {
  const light = matchMedia('(prefers-color-scheme: light)');
  const apply = (): void => {
    document.documentElement.dataset['theme'] = light.matches ? 'light' : 'dark';
  };
  light.addEventListener('change', apply);
  apply();
}
