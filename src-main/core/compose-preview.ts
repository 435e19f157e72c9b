import type { LiveEvent } from '../shared/api/live-events.ts';
import type { LiveEvents, LiveEventsOptions } from './live/live-events.ts';
import { parseIpList } from './ports/ip-list.ts';
import type { KeyHolder, PublicationKeys } from './ports/keys.ts';
import type { Publication } from './ports/presentation.ts';
import { STREAMING_FORMATS } from './ports/streaming-format.ts';
import { manifestPaths, protocolsOf, type StreamingProtocol } from './ports/streaming-paths.ts';

/** What a preview without a streaming policy is shown under. */
const DEFAULT_POLICY = 'Predefined_ClearStreamingOnly';

/** Smooth Streaming is not among the addresses of a preview, as it was not in AMS. */
const SHOWN: readonly StreamingProtocol[] = ['Hls', 'Dash'];

/** What live events have to know of policies. */
export function previewRules(
  keys: Pick<PublicationKeys, 'check' | 'policy'>,
): Pick<LiveEventsOptions, 'checkPreviewPolicy' | 'previewPaths'> {
  return {
    checkPreviewPolicy: (liveEvent, policy, alternativeMediaId) =>
      keys.check(holderOf(liveEvent, policy, alternativeMediaId)),
    previewPaths(policy = DEFAULT_POLICY) {
      const all = manifestPaths(keys.policy(policy), STREAMING_FORMATS);
      return SHOWN.flatMap((protocol) => {
        const [path] = all.find(({ streamingProtocol }) => streamingProtocol === protocol)?.paths ?? [];
        return path === undefined ? [] : [{ protocol, path }];
      });
    },
  };
}

/** The preview of a live event, as something that can be watched. */
export async function findPreview(
  liveEvents: Pick<LiveEvents, 'previewOf'>,
  keys: PublicationKeys,
  previewLocator: string,
): Promise<Publication | undefined> {
  const found = liveEvents.previewOf(previewLocator);
  if (found === undefined) {
    return undefined;
  }
  const { presentation, event } = found;
  const { accessControl, streamingPolicyName = DEFAULT_POLICY, alternativeMediaId } = event.preview;
  const allowed = parseIpList(accessControl);
  return {
    presentation,
    manifestName: 'preview',
    title: 'Preview',
    protocols: { ...protocolsOf(keys.policy(streamingPolicyName)), download: false },
    files: new Map(),
    policyFiles: policyFilesOf(event),
    admits: (address) => allowed.has(address),
    protect: await keys.protectionOf(holderOf(event.name, streamingPolicyName, alternativeMediaId)),
  };
}

/**
 * Events share one host, whose root belongs to the streaming endpoint: theirs are for the folder of their preview, where Flash reads them from
 * when a page says so.
 */
function policyFilesOf({ crossSiteAccessPolicies: policies = {} }: LiveEvent): ReadonlyMap<string, string> {
  const { clientAccessPolicy, crossDomainPolicy } = policies;
  return new Map([
    ...(clientAccessPolicy === undefined ? [] : [['clientaccesspolicy.xml', clientAccessPolicy] as const]),
    ...(crossDomainPolicy === undefined ? [] : [['crossdomain.xml', crossDomainPolicy] as const]),
  ]);
}

function holderOf(
  liveEvent: string,
  streamingPolicyName: string,
  alternativeMediaId: string | undefined,
): KeyHolder {
  return { subject: `liveEvent/${liveEvent}`, streamingPolicyName, alternativeMediaId };
}
