import type { XConnection } from './connection.ts';
import {
  childrenOf,
  getAtomName,
  getGeometry,
  getMonitors,
  getProperty,
  internAtom,
  isViewable,
  queryExtension,
  queryRandrVersion,
  windowsIn,
} from './messages.ts';

export type XScreen = {
  /** Name of the output, such as `HDMI-1`. */
  readonly name: string;
  readonly isPrimary: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
export type XWindow = {
  readonly id: number;
  readonly title: string;
  readonly width: number;
  readonly height: number;
};
export type XDesktop = {
  /** All screens together, in pixels. */
  readonly width: number;
  readonly height: number;
  /** It only stands in for a Wayland compositor: what is grabbed of it is black. */
  readonly isXwayland: boolean;
  readonly screens: readonly XScreen[];
  readonly windows: readonly XWindow[];
};

/** Predefined atoms ("X Window System Protocol", appendix B). */
const WM_NAME = 39;
const WM_CLASS = 67;

/** Smaller windows are helpers that no one would show. */
const LEAST_SIDE = 32;
/** Each costs five questions; nobody picks from a longer list. */
const MOST_WINDOWS = 200;

/** Screens and windows of a display, with no other program's help. */
export async function describeDesktop(connection: XConnection): Promise<XDesktop> {
  const [isXwayland, screens, windows] = await Promise.all([
    hasXwayland(connection),
    listScreens(connection),
    listWindows(connection),
  ]);
  const { width, height } = connection.root;
  return { width, height, isXwayland: isXwayland || screens.some(isXwaylandOutput), screens, windows };
}

async function hasXwayland({ ask }: XConnection): Promise<boolean> {
  return (await ask(queryExtension('XWAYLAND'))) !== undefined;
}

/** Xwayland before 22.1 has no extension of its own, but calls its outputs so. */
function isXwaylandOutput({ name }: XScreen): boolean {
  return name.startsWith('XWAYLAND');
}

async function listScreens({ ask, root }: XConnection): Promise<readonly XScreen[]> {
  const randr = await ask(queryExtension('RANDR'));
  const version = randr === undefined ? undefined : await ask(queryRandrVersion(randr));
  const monitors =
    randr === undefined || version === undefined || version.major * 100 + version.minor < 105
      ? []
      : ((await ask(getMonitors(randr, root.window))) ?? []);
  if (monitors.length === 0) {
    return [{ name: 'screen', isPrimary: true, x: 0, y: 0, width: root.width, height: root.height }];
  }
  return await Promise.all(
    monitors.map(async ({ nameAtom, ...monitor }) => ({
      name: (await ask(getAtomName(nameAtom))) ?? `screen-${nameAtom}`,
      ...monitor,
    })),
  );
}

async function listWindows(connection: XConnection): Promise<readonly XWindow[]> {
  const { ask, root } = connection;
  const atom = async (name: string): Promise<number> => (await ask(internAtom(name))) ?? 0;
  const [clientList, netName, typeOf, desktop, dock] = await Promise.all([
    atom('_NET_CLIENT_LIST'),
    atom('_NET_WM_NAME'),
    atom('_NET_WM_WINDOW_TYPE'),
    atom('_NET_WM_WINDOW_TYPE_DESKTOP'),
    atom('_NET_WM_WINDOW_TYPE_DOCK'),
  ]);
  const clients = windowsIn((await ask(getProperty(root.window, clientList))) ?? new Uint8Array());
  // Without a window manager there is no list, and every program's window is a child of the root.
  const candidates = clients.length > 0 ? clients : ((await ask(childrenOf(root.window))) ?? []);

  async function describe(id: number): Promise<XWindow | undefined> {
    const [viewable, geometry, types, ...names] = await Promise.all([
      ask(isViewable(id)),
      ask(getGeometry(id)),
      ask(getProperty(id, typeOf)),
      ask(getProperty(id, netName)),
      ask(getProperty(id, WM_NAME)),
      ask(getProperty(id, WM_CLASS)),
    ]);
    const title = names.map(firstText).find((text) => text !== '');
    const isFurniture = windowsIn(types ?? new Uint8Array()).some((type) => type === desktop || type === dock);
    if (viewable !== true || geometry === undefined || title === undefined || isFurniture) {
      return undefined;
    }
    const { width, height } = geometry;
    return Math.min(width, height) < LEAST_SIDE ? undefined : { id, title, width, height };
  }

  const described = await Promise.all(candidates.slice(0, MOST_WINDOWS).map(describe));
  return described.filter((window) => window !== undefined);
}

/** Up to the first zero byte: of the two texts of WM_CLASS the program's own name. UTF-8, or Latin-1 where it is no UTF-8 (ICCCM §4.1.2.1). */
function firstText(value: Uint8Array | undefined): string {
  const bytes = value ?? new Uint8Array();
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text).trim();
  } catch {
    return new TextDecoder('latin1').decode(text).trim();
  }
}
