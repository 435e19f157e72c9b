import { createViolationLog, type ObserveRule, type Violation, type ViolationLog } from '../../violation.ts';
import type { MultivariantPlaylist } from '../multivariant-playlist.ts';
import { multivariantVersion } from '../protocol-version.ts';
import type { Rendition } from '../tags/media.ts';
import type { Variant } from '../tags/stream-inf.ts';

/** The rules of 8216bis §4.4.6 that can be seen in a multivariant playlist. The result is empty when all hold. */
export function checkMultivariantPlaylist(
  playlist: MultivariantPlaylist,
  options: { readonly observe?: ObserveRule | undefined } = {},
): readonly Violation[] {
  const log = createViolationLog('8216bis ', options.observe);
  const declared = playlist.version ?? 1;
  const needed = multivariantVersion(playlist);
  log.must(declared >= needed, '8', `version ${declared} is declared, but the tags need ${needed}`);
  log.must(playlist.variants.length > 0, '4.4.6.2', 'there is no variant');
  const imports = playlist.defines?.filter(({ kind }) => kind === 'import') ?? [];
  log.must(imports.length === 0, '4.4.2.3', 'EXT-X-DEFINE with IMPORT is for media playlists');
  checkGroups(log, playlist.renditions);
  for (const variant of playlist.variants) {
    checkVariant(log, playlist, variant);
  }
  checkScoresAndCaptions(log, playlist);
  checkSessionTags(log, playlist);
  return log.all();
}

function groupsOf(renditions: readonly Rendition[]): ReadonlyMap<string, readonly Rendition[]> {
  return Map.groupBy(renditions, ({ type, groupId }) => `${type} ${groupId}`);
}

function checkGroups(log: ViolationLog, renditions: readonly Rendition[]): void {
  const groups = groupsOf(renditions);
  for (const [group, members] of groups) {
    const names = new Set(members.map(({ name }) => name));
    log.must(names.size === members.length, '4.4.6.1.1', `group ${group} has two members of the same name`);
    const defaults = members.filter(({ isDefault }) => isDefault === true).length;
    log.must(defaults <= 1, '4.4.6.1.1', `group ${group} has ${defaults} default members`);
    const choices = members.filter(({ autoSelect }) => autoSelect === true).map(choiceOf);
    log.should(
      new Set(choices).size === choices.length,
      '4.4.6.1.1',
      `group ${group} has members that cannot be told apart when one is chosen automatically`,
    );
  }
  for (const rendition of renditions) {
    const isConsistent = rendition.isDefault !== true || rendition.autoSelect === true;
    log.must(isConsistent, '4.4.6.1', `rendition ${rendition.name} is DEFAULT without AUTOSELECT`);
    log.should(
      rendition.type !== 'AUDIO' || rendition.channels !== undefined,
      '4.4.6.1',
      `audio rendition ${rendition.name} has no CHANNELS`,
    );
  }
  checkSameMembers(log, groups);
}

function choiceOf(rendition: Rendition): string {
  const forced = rendition.type === 'SUBTITLES' && rendition.forced === true;
  return JSON.stringify([rendition.language, rendition.associatedLanguage, forced, rendition.characteristics]);
}

/** Groups of one type are other encodings of the same members. */
function checkSameMembers(log: ViolationLog, groups: ReadonlyMap<string, readonly Rendition[]>): void {
  const member = (rendition: Rendition): string =>
    JSON.stringify([
      rendition.name,
      choiceOf(rendition),
      rendition.isDefault === true,
      rendition.autoSelect === true,
    ]);
  const byType = Map.groupBy(groups.entries(), ([, members]) => members[0]?.type);
  for (const [type, sameType] of byType) {
    const memberships = new Set(sameType.map(([, members]) => members.map(member).sort().join()));
    log.must(memberships.size === 1, '4.4.6.1.1', `the groups of type ${type ?? ''} do not have the same members`);
  }
}

function checkVariant(log: ViolationLog, playlist: MultivariantPlaylist, variant: Variant): void {
  const { closedCaptions, averageBandwidth, codecs, resolution, frameRate, bandwidth } = variant;
  const at = `the variant of ${bandwidth} bit/s`;
  const references = [
    ['AUDIO', variant.audio],
    ['VIDEO', variant.video],
    ['SUBTITLES', variant.subtitles],
    ['CLOSED-CAPTIONS', typeof closedCaptions === 'object' ? closedCaptions.groupId : undefined],
  ] as const;
  for (const [type, groupId] of references) {
    const exists =
      groupId === undefined ||
      playlist.renditions.some((rendition) => rendition.type === type && rendition.groupId === groupId);
    log.must(exists, '4.4.6.2', `${at} names a group of type ${type} that does not exist`);
  }
  log.should(codecs !== undefined, '4.4.6.2', `${at} has no CODECS`);
  log.must(
    averageBandwidth === undefined || averageBandwidth <= bandwidth,
    '4.4.6.2',
    `${at} has a mean above its peak`,
  );
  log.should(
    resolution === undefined || frameRate !== undefined,
    '4.4.6.2',
    `${at} has pictures but no FRAME-RATE`,
  );
}

function checkScoresAndCaptions(log: ViolationLog, { variants }: MultivariantPlaylist): void {
  const scored = variants.filter(({ score }) => score !== undefined).length;
  log.should(
    scored === 0 || scored === variants.length,
    '4.4.6.2',
    'some variants have a SCORE and some have none',
  );
  const without = variants.filter(({ closedCaptions }) => closedCaptions === 'none').length;
  log.must(
    without === 0 || without === variants.length,
    '4.4.6.2',
    'some variants have CLOSED-CAPTIONS=NONE and some have not',
  );
}

function checkSessionTags(log: ViolationLog, { sessionData = [], sessionKeys = [] }: MultivariantPlaylist): void {
  const data = sessionData.map(({ dataId, language }) => JSON.stringify([dataId, language]));
  log.must(new Set(data).size === data.length, '4.4.6.4', 'two EXT-X-SESSION-DATA have the same id and language');
  const keys = sessionKeys.map(({ method, uri, iv, keyFormat, keyFormatVersions }) =>
    JSON.stringify([method, uri, iv, keyFormat, keyFormatVersions]),
  );
  log.must(new Set(keys).size === keys.length, '4.4.6.5', 'two EXT-X-SESSION-KEY are the same');
}
