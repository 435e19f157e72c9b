import type { DesktopBridge } from '../../src-main/shared/desktop-contract.ts';

declare global {
  // Augmenting the DOM's own type takes an interface.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Window {
    /** What the preload adds in the desktop window. In a browser there is none. */
    readonly lectern?: DesktopBridge;
  }
}
