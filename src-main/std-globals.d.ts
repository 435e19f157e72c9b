/**
 * The few globals that Node, Electron and the page all have, declared by hand: `shared`, `base`, `media` and `manifest`
 * compile with neither Node's nor the DOM's types, so using anything else there is a compile error.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean });
  decode(bytes?: Uint8Array): string;
}
declare class URL {
  constructor(url: string, base?: string);
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  username: string;
  password: string;
  readonly href: string;
  static canParse(url: string): boolean;
}
declare class AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
declare function setTimeout(handler: () => void, delayMs: number): unknown;
declare function clearTimeout(handle: unknown): void;
declare const performance: { now(): number };
declare function btoa(text: string): string;
declare function atob(text: string): string;
