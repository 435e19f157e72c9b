/** ISO 639-1 and 639-2/T side by side: two letters and then three, for every language that has both. */
const PAIRS =
  'aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bhbih bibis bmbam bnben bobod brbre bsbos ' +
  'cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo esspa etest eueus fafas ffful ' +
  'fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ' +
  'ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur ' +
  'kvkom kwcor kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt mymya ' +
  'nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque ' +
  'rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe ' +
  'swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol ' +
  'wawln wowol xhxho yiyid yoyor zazha zhzho zuzul';

/** The older codes of ISO 639-2/B that muxers still write, each with its 639-1 code in front. */
const BIBLIOGRAPHIC =
  'sqalb hyarm eubaq mybur zhchi cscze nldut frfre kageo deger elgre isice mkmac mimao msmay faper rorum skslo botib cywel';

const SHORT_OF: ReadonlyMap<string, string> = new Map(
  `${PAIRS} ${BIBLIOGRAPHIC}`.split(' ').map((pair) => [pair.slice(2), pair.slice(0, 2)]),
);
const LONG_OF: ReadonlyMap<string, string> = new Map(
  PAIRS.split(' ').map((pair) => [pair.slice(0, 2), pair.slice(2)]),
);

/** Whether a text has the shape of a BCP 47 tag. Whatever else a file says must not get into playlists, whose quotes know no escape. */
export function isLanguageTag(text: string): boolean {
  return text.length <= 64 && /^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i.test(text);
}

/** The three letters for `mdhd` that come nearest to a BCP 47 tag; `und` when there are none. */
export function toIso6392(tag: string): string {
  const [primary = ''] = tag.toLowerCase().split('-');
  return LONG_OF.get(primary) ?? (/^[a-z]{3}$/.test(primary) ? primary : 'und');
}

/** The BCP 47 tag for three letters from `mdhd`: the shortest code there is (RFC 5646 §2.2.1). */
export function fromIso6392(code: string): string {
  return SHORT_OF.get(code) ?? code;
}
