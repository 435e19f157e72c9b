import type { Services } from '../ports/services.ts';
import type { JsonHandlers } from './call.ts';

type OutsideRoute =
  | 'getBrowserSource'
  | 'renewBrowserLinks'
  | 'listProofsOfAir'
  | 'checkAir'
  | 'getRemote'
  | 'startPairing'
  | 'cancelPairing'
  | 'patchRemoteDevice'
  | 'deleteRemoteDevice';

/** What viewers get, phones that help, and browsers that capture. */
export function createOutsideHandlers({
  proofOfAir,
  remote,
  browserSources,
}: Pick<Services, 'proofOfAir' | 'remote' | 'browserSources'>): Pick<JsonHandlers, OutsideRoute> {
  return {
    listProofsOfAir: () => ({ value: [...proofOfAir.list()] }),
    checkAir: async () => ({ value: [...(await proofOfAir.check())] }),
    getBrowserSource: ({ params }) => browserSources.get(params.source),
    renewBrowserLinks: ({ params }) => browserSources.renew(params.source),
    getRemote: () => remote.status(),
    startPairing: () => remote.startPairing(),
    cancelPairing() {
      remote.cancelPairing();
      return undefined;
    },
    patchRemoteDevice: ({ params, body }) => remote.rename(params.id, body.name),
    deleteRemoteDevice({ params }) {
      remote.revoke(params.id);
      return undefined;
    },
  };
}
