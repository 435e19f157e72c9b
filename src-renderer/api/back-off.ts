/** How long to wait before each try. The service is on this computer or in this room, so a long wait is never kind. */
export type BackOff = { readonly firstMs: number; readonly factor: number; readonly mostMs: number };

export const STREAM_BACK_OFF: BackOff = { firstMs: 400, factor: 2, mostMs: 5000 };

export function backOffMs(attempt: number, policy: BackOff): number {
  return Math.min(policy.mostMs, policy.firstMs * policy.factor ** Math.max(0, attempt - 1));
}
