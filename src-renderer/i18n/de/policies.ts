/** Richtlinien und Filter. */
export const policies = {
  remove: '{{name}} löschen',
  removeTitle: '{{name}} löschen?',
  removeConfirm: 'Löschen',
  streaming: {
    title: 'Streaming-Richtlinien',
    none: 'Diese gibt es immer. Mit einer eigenen schalten Sie Protokolle ab oder verschlüsseln anders; „Asset veröffentlichen“ bietet sie dann an.',
    predefined: 'Vorgegeben',
    keys: 'Schlüssel: {{name}}',
    removeText:
      'Sie kann dann nicht mehr gewählt werden. Solange etwas unter ihr veröffentlicht ist, bleibt sie da.',
  },
  keys: {
    title: 'Inhaltsschlüssel-Richtlinien',
    none: 'Eine Inhaltsschlüssel-Richtlinie sagt, wer die Schlüssel von Verschlüsseltem bekommt. Mit einer, die Token verlangt, sehen nur die zu, die Ihre eigene Seite hereinlässt.',
    everyone: 'Alle, die den Link haben',
    withToken: 'Wer ein Token von {{issuer}} für {{audience}} hat',
    options_one: '{{count}} Option',
    options_other: '{{count}} Optionen',
    ofPage: 'Von Lectern',
    removeText: 'Ihre Geheimnisse werden vergessen. Solange etwas Veröffentlichtes sie nennt, bleibt sie da.',
  },
  filters: {
    title: 'Filter für alle Assets',
    none: 'Ein Filter zeigt weniger von einem Asset, ohne es zu ändern: kleine Qualitäten für Telefone, eine Sprache, eine Verzögerung. Legen Sie einen an und wählen Sie ihn beim Veröffentlichen, oder hängen Sie ihn an eine Adresse: filter=Name.',
    everything: 'Zeigt alles',
    first: 'beginnt mit {{bitrate}}',
    from: 'ab {{time}}',
    until: 'bis {{time}}',
    window: 'Zuschauer können {{time}} zurück',
    backoff: '{{time}} hinter dem Live-Rand',
    tracks: 'nur: {{tracks}}',
    type: { video: 'Bild', audio: 'Ton', text: 'Untertitel' },
    property: { Name: 'Spur „{{value}}“', Language: 'Sprache {{value}}', FourCC: 'Codec „{{value}}“' },
    not: 'nicht {{condition}}',
    atMost: 'höchstens {{bitrate}}',
    atLeast: 'mindestens {{bitrate}}',
    between: '{{low}} bis {{high}}',
    removeText:
      'Links, die ihn nennen, und die, für die er immer gilt, gehen erst wieder, wenn es einen dieses Namens gibt.',
  },
} as const;
