import type { TextCue } from '../../media/text/cue.ts';
import { escapeText } from '../dash/xml.ts';

/** What a document of text says; `text` is WebVTT cue text, times are those of the track in ms. */
export type ImscText = {
  /** BCP 47; `und` when not known. */
  readonly language: string;
  readonly cues: readonly Pick<TextCue, 'startMs' | 'endMs' | 'text'>[];
};

const PROFILE = 'http://www.w3.org/ns/ttml/profile/imsc1.1/text';
/** White on a dark ground at the foot of the picture, as players show WebVTT that says nothing of it. */
const HEAD = `<head>
<styling><style xml:id="s" tts:color="#ffffff" tts:backgroundColor="#000000c0" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:lineHeight="125%" tts:textAlign="center"/></styling>
<layout><region xml:id="r" tts:origin="10% 70%" tts:extent="80% 25%" tts:displayAlign="after"/></layout>
</head>
`;

/** An IMSC 1.1 text document (TTML2, W3C IMSC 1.1 §7). Without cues it shows nothing. */
export function writeImsc({ language, cues }: ImscText): string {
  const lines = cues.map(
    ({ startMs, endMs, text }) =>
      `<p begin="${clock(startMs)}" end="${clock(endMs)}" region="r">${paragraph(text)}</p>\n`,
  );
  const body = lines.length === 0 ? '<body/>\n' : `<body style="s"><div>\n${lines.join('')}</div></body>\n`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ' +
    `xmlns:tts="http://www.w3.org/ns/ttml#styling" ttp:contentProfiles="${PROFILE}" ttp:cellResolution="32 15" ` +
    `xml:lang="${escapeText(language === 'und' ? '' : language)}">\n${HEAD}${body}</tt>\n`
  );
}

/** `00:00:00.000`; hours have as many digits as they need (TTML2 §12.3.1). */
function clock(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const whole = Math.max(0, Math.round(ms));
  const seconds = Math.floor(whole / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${two(h)}:${two(m)}:${two(s)}.${String(whole % 1000).padStart(3, '0')}`;
}

/** What WebVTT escapes is plain again before XML escapes it; its tags say nothing here. */
function paragraph(text: string): string {
  return text.split('\n').map(plainLine).join('<br/>');
}

function plainLine(line: string): string {
  const plain = line
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return escapeText(plain);
}
