import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import { OUTSIDE_PROBLEMS } from './outside-problems.ts';
import { STREAM_PROBLEMS } from './stream-problems.ts';
import type { Words } from './words.ts';

/** The service's errors: what happened, what is safe, what to do. English needs no table, because the service's own sentences are English. */
export const problems = {
  'request/invalid': {
    title: 'Eine Angabe stimmt nicht',
    text: 'Es wurde nichts geändert. Berichtigen Sie die markierte Angabe.',
  },
  'request/unknown-field': {
    title: 'Eine Angabe ist unbekannt',
    text: 'Es wurde nichts geändert. Diese Seite und Lectern sind vielleicht verschiedene Fassungen; laden Sie die Seite neu.',
  },
  'request/not-json': {
    title: 'Die Anfrage war nicht zu lesen',
    text: 'Es wurde nichts geändert. Laden Sie die Seite neu.',
  },
  'request/too-large': {
    title: 'Die Anfrage ist zu groß',
    text: 'Es wurde nichts geändert. Kürzen Sie die Eingabe.',
  },
  'request/unauthorized': {
    title: 'Der Schlüssel dieser Seite gilt nicht',
    text: 'Öffnen Sie die Seite neu aus dem Lectern-Fenster. Eine laufende Übertragung bleibt unberührt.',
  },
  'request/forbidden-origin': {
    title: 'Diese Seite darf Lectern nicht steuern',
    text: 'Öffnen Sie die Seite auf diesem Computer, unter der Adresse, die Lectern nennt.',
  },
  'request/method-not-allowed': {
    title: 'Das geht hier nicht',
    text: 'Es wurde nichts geändert. Laden Sie die Seite neu.',
  },
  'resource/not-found': {
    title: 'Das gibt es nicht',
    text: 'Vielleicht wurde es inzwischen gelöscht oder umbenannt.',
  },
  'resource/exists': {
    title: 'Der Name ist vergeben',
    text: 'Es wurde nichts geändert. Wählen Sie einen anderen Namen.',
  },
  'resource/in-use': {
    title: 'Es wird noch gebraucht',
    text: 'Es wurde nichts geändert. Beenden Sie zuerst, was es benutzt.',
  },
  'resource/wrong-state': {
    title: 'Das geht im jetzigen Zustand nicht',
    text: 'Es wurde nichts geändert. Warten Sie, bis der Zustand wechselt, und versuchen Sie es dann noch einmal.',
  },
  'resource/busy': {
    title: 'Etwas anderes läuft damit noch',
    text: 'Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
  },
  'resource/immutable': {
    title: 'Das lässt sich nicht mehr ändern',
    text: 'Es wurde nichts geändert. Legen Sie etwas Neues an.',
  },
  'resource/quota': {
    title: 'Die Obergrenze ist erreicht',
    text: 'Löschen Sie zuerst etwas, das Sie nicht mehr brauchen.',
  },
  'service/internal': {
    title: 'Lectern hat einen Fehler gemacht',
    text: 'Was lief, läuft weiter. Versuchen Sie es noch einmal; hilft das nicht, starten Sie Lectern nach der Übertragung neu.',
  },
  'service/closing': {
    title: 'Lectern wird gerade beendet',
    text: 'Starten Sie es neu und versuchen Sie es dann noch einmal.',
  },
  'service/port-taken': {
    title: 'Ein Port ist belegt',
    text: 'Ein anderes Programm benutzt ihn. Beenden Sie es, oder wählen Sie in den Optionen einen anderen Port.',
  },
  'service/port-refused': {
    title: 'Das System verweigert diesen Port',
    text: 'Wählen Sie in den Optionen einen anderen, über 1023.',
  },
  'service/data-folder-locked': {
    title: 'Ein anderes Lectern benutzt diesen Datenordner',
    text: 'Es wurde nichts geändert. Beenden Sie das andere zuerst.',
  },
  'service/data-folder-unusable': {
    title: 'Der Datenordner ist nicht nutzbar',
    text: 'Prüfen Sie, ob es ihn gibt und ob Sie darin schreiben dürfen.',
  },
  'service/not-running': { title: 'Lectern läuft nicht', text: 'Starten Sie es zuerst.' },
  'settings/invalid': { title: 'Eine Einstellung stimmt nicht', text: 'Die bisherige gilt weiter.' },
  'settings/unreadable': {
    title: 'Die Einstellungen waren nicht lesbar',
    text: 'Es gelten die Vorgaben; die alte Datei wurde aufgehoben.',
  },
  'secrets/unavailable': {
    title: 'Der Schlüsselspeicher ist nicht erreichbar',
    text: 'Es wurde nichts gespeichert. Entsperren Sie den Schlüsselspeicher dieses Computers und versuchen Sie es dann noch einmal.',
  },
  'process/not-found': {
    title: 'Ein benötigtes Programm fehlt',
    text: 'Installieren Sie ffmpeg, oder geben Sie in den Optionen an, wo es liegt.',
  },
  'process/unusable': {
    title: 'Ein Programm kann nicht, was es soll',
    text: 'Installieren Sie ein vollständiges ffmpeg, oder geben Sie in den Optionen ein anderes an.',
  },
  'process/exited': { title: 'Ein Hilfsprogramm ist abgebrochen', text: 'Es wird von selbst neu gestartet.' },
  'process/stalled': { title: 'Ein Hilfsprogramm kommt nicht voran', text: 'Es wird von selbst neu gestartet.' },
  'process/gave-up': {
    title: 'Ein Hilfsprogramm scheitert immer wieder',
    text: 'Prüfen Sie die Quelle oder das Ziel und versuchen Sie es dann noch einmal.',
  },
  'capture/permission-denied': {
    title: 'Das System verweigert den Zugriff',
    text: 'Erlauben Sie Lectern in den Systemeinstellungen den Zugriff auf Kamera, Mikrofon oder Bildschirm.',
  },
  'capture/device-not-found': {
    title: 'Das Gerät ist nicht da',
    text: 'Schließen Sie es an; es wird dann von selbst wieder benutzt. Oder wählen Sie ein anderes.',
  },
  'capture/device-busy': {
    title: 'Ein anderes Programm benutzt das Gerät',
    text: 'Schließen Sie das andere Programm, zum Beispiel eine Videokonferenz. Es wird von selbst erneut versucht.',
  },
  'capture/no-frames': {
    title: 'Die Quelle gibt kein Bild',
    text: 'Sie wird neu gestartet. Prüfen Sie das Gerät und sein Kabel.',
  },
  'capture/black-frames': {
    title: 'Die Quelle gibt nur Schwarz',
    text: 'Prüfen Sie die Abdeckung der Kamera und ob Lectern den Bildschirm aufnehmen darf.',
  },
  'capture/no-sound': {
    title: 'Die Quelle gibt keinen Ton',
    text: 'Prüfen Sie den Schalter am Mikrofon, das Kabel und die Lautstärke im System.',
  },
  'capture/wayland': {
    title: 'Diese Sitzung läuft unter Wayland',
    text: 'Der Bildschirm lässt sich so nicht aufnehmen. Lassen Sie einen Browser ihn aufnehmen, melden Sie sich mit einer Xorg-Sitzung an, oder zeigen Sie eine Kamera oder Datei.',
  },
  'capture/no-display': {
    title: 'Es gibt keinen Bildschirm',
    text: 'Zeigen Sie eine Kamera, eine Datei oder das Testbild.',
  },
  'capture/file-unreadable': {
    title: 'Die Mediendatei lässt sich nicht abspielen',
    text: 'Prüfen Sie, ob es sie gibt und ob es eine Video- oder Tondatei ist.',
  },
  'capture/unsupported': {
    title: 'Diese Quelle gibt es hier nicht',
    text: 'Wählen Sie eine andere Art von Quelle.',
  },
  'capture/mixer-down': {
    title: 'Der Mischer startet neu',
    text: 'Das dauert wenige Sekunden. Es ist nichts zu tun.',
  },
  'encode/no-encoder': {
    title: 'Kein H.264-Encoder funktioniert',
    text: 'Installieren Sie ein ffmpeg mit libx264, oder geben Sie in den Optionen ein anderes an.',
  },
  'encode/ladder-invalid': {
    title: 'Die Qualitäten stimmen nicht',
    text: 'Die bisherigen gelten weiter. Berichtigen Sie die markierte Angabe.',
  },
  'encode/overloaded': {
    title: 'Der Computer ist zu langsam dafür',
    text: 'Die Qualität wird gesenkt, damit es flüssig bleibt. Schließen Sie andere Programme.',
  },
  'live/no-source': { title: 'Es ist keine Quelle gewählt', text: 'Wählen Sie zuerst, was gezeigt werden soll.' },
  'live/already-live': { title: 'Es läuft schon eine Übertragung', text: 'Beenden Sie sie zuerst.' },
  'live/not-live': { title: 'Es ist nichts live', text: 'Es gibt nichts zu beenden oder zu markieren.' },
  'live/not-rehearsing': {
    title: 'Es läuft keine Probe',
    text: 'Beginnen Sie zuerst eine: Ein Feueralarm macht nichts kaputt, was jemand sehen könnte.',
  },
  'live/no-picture': {
    title: 'Es ist noch kein Bild angekommen',
    text: 'Es erscheint von selbst, sobald der Encoder sendet.',
  },
  'live/nothing-to-undo': {
    title: 'Es gibt kein Ende zurückzunehmen',
    text: 'Die Zeit dafür ist abgelaufen, oder es wurde nicht beendet.',
  },
  'live/encoder-no-output': {
    title: 'Der Encoder gibt nichts aus',
    text: 'Er wird neu gestartet. Hilft das nicht, wählen Sie in den Optionen einen anderen Encoder.',
  },
  'archive/disk-full': {
    title: 'Die Festplatte ist voll',
    text: 'Die Aufnahme wurde sauber beendet; die Übertragung läuft weiter. Schaffen Sie Platz.',
  },
  'archive/disk-low': {
    title: 'Die Festplatte ist fast voll',
    text: 'Schaffen Sie bald Platz. Noch läuft die Aufnahme.',
  },
  'archive/write-failed': {
    title: 'Die Aufnahme lässt sich nicht schreiben',
    text: 'Es wird weiter versucht; die Übertragung läuft. Prüfen Sie die Festplatte.',
  },
  'archive/damaged': {
    title: 'Eine Aufnahme ist beschädigt',
    text: 'Der heile Teil lässt sich abspielen und sichern.',
  },
  'archive/empty': { title: 'Die Aufnahme ist noch leer', text: 'Warten Sie ein paar Sekunden.' },
  'export/target-exists': {
    title: 'Die Datei gibt es schon',
    text: 'Sie wurde nicht verändert. Wählen Sie einen anderen Namen.',
  },
  'export/target-unwritable': {
    title: 'Dorthin lässt sich nicht schreiben',
    text: 'Wählen Sie einen anderen Ordner. Die Aufnahme ist unversehrt.',
  },
  'export/range-empty': {
    title: 'In diesem Teil ist nichts',
    text: 'Wählen Sie einen anderen Teil; dieser liegt vielleicht ganz in einer Lücke.',
  },
  'export/quality-not-found': {
    title: 'Diese Qualität hat die Aufnahme nicht',
    text: 'Wählen Sie eine der angebotenen.',
  },
  'export/check-failed': {
    title: 'Die Datei hat ihre Prüfung nicht bestanden',
    text: 'Sie wurde verworfen; die Aufnahme ist unversehrt. Versuchen Sie es noch einmal.',
  },
  'export/cancelled': { title: 'Das Sichern wurde abgebrochen', text: 'Die Aufnahme ist unversehrt.' },
  'publish/refused': {
    title: 'Das Ziel lehnt den Streamschlüssel ab',
    text: 'Holen Sie beim Dienst einen neuen Schlüssel und tragen Sie ihn ein. Die anderen Ziele laufen weiter.',
  },
  'publish/unreachable': {
    title: 'Das Ziel ist nicht erreichbar',
    text: 'Es wird von selbst erneut versucht. Prüfen Sie die Adresse und Ihre Netzverbindung. Die Aufnahme läuft weiter.',
  },
  'publish/dns': {
    title: 'Der Name des Ziels ist unbekannt',
    text: 'Prüfen Sie die Adresse auf Tippfehler und Ihre Netzverbindung.',
  },
  'publish/tls': {
    title: 'Das Zertifikat des Ziels ist nicht gut',
    text: 'Prüfen Sie die Adresse sowie Datum und Uhrzeit dieses Computers.',
  },
  'publish/connection-lost': {
    title: 'Die Verbindung zum Ziel ist abgerissen',
    text: 'Sie wird von selbst wiederhergestellt. Die anderen Ziele und die Aufnahme laufen weiter.',
  },
  'publish/too-slow': {
    title: 'Das Netz zum Ziel ist zu langsam',
    text: 'Ein Teil wird ausgelassen. Wählen Sie für dieses Ziel eine kleinere Qualität.',
  },
  'publish/protocol': {
    title: 'An diese Art von Adresse lässt sich nicht senden',
    text: 'Sie muss mit rtmp://, rtmps:// oder srt:// beginnen.',
  },
  'media/malformed': {
    title: 'Die Mediendaten sind fehlerhaft',
    text: 'Sie wurden nicht angenommen. Was lief, läuft weiter.',
  },
  'media/unsupported': {
    title: 'Diese Art von Medien geht nicht',
    text: 'Wandeln Sie die Datei um, oder nehmen Sie eine andere.',
  },
  MPE_RTMP_APPID_AUTH_FAILURE: {
    title: 'Das Token gehört zu keinem laufenden Live-Ereignis',
    text: 'Starten Sie das Ereignis und kopieren Sie seine Adresse noch einmal in den Encoder.',
  },
  MPE_INGEST_ENCODER_CONNECTION_DENIED: {
    title: 'Encoder mit dieser Adresse werden nicht eingelassen',
    text: 'Halten Sie das Ereignis an und nehmen Sie die Adresse in seine Liste auf.',
  },
  MPE_INGEST_RTMP_SETDATAFRAME_NOT_RECEIVED: {
    title: 'Der Encoder nennt seine Bitraten nicht',
    text: 'Hängen Sie ?videodatarate=…&audiodatarate=… an die Adresse, in kbit/s.',
  },
  MPE_INGEST_CODEC_NOT_SUPPORTED: {
    title: 'Dieser Codec wird auf diesem Weg nicht angenommen',
    text: 'Stellen Sie im Encoder H.264 und AAC ein.',
  },
  MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED: {
    title: 'Der Strom beginnt nicht mit seiner Beschreibung',
    text: 'Starten Sie den Encoder neu, damit er mit den Kopfdaten beginnt.',
  },
  MPE_INGEST_MEDIA_QUALITIES_EXCEEDED: {
    title: 'Das Live-Ereignis hat so viele Spuren, wie es nimmt',
    text: 'Senden Sie weniger Qualitäten. Was schon ankommt, läuft weiter.',
  },
  MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED: {
    title: 'Das Live-Ereignis nimmt nicht mehr Bits pro Sekunde',
    text: 'Senken Sie die Bitrate im Encoder, oder nehmen Sie ein Ereignis mit höherer Grenze.',
  },
  MPE_INGEST_FRAMERATE_EXCEEDED: {
    title: 'Es sind mehr Bilder pro Sekunde, als das Live-Ereignis nimmt',
    text: 'Stellen Sie im Encoder weniger ein.',
  },
  MPE_INGEST_VIDEO_RESOLUTION_NOT_SUPPORTED: {
    title: 'Das Bild ist größer, als das Live-Ereignis nimmt',
    text: 'Stellen Sie im Encoder ein kleineres Bild ein.',
  },
  MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV: {
    title: 'Zu viel kam ohne Schlüsselbild',
    text: 'Stellen Sie im Encoder alle 2 Sekunden ein Schlüsselbild ein.',
  },
  MPE_RTMP_SESSION_IDLE_TIMEOUT: {
    title: 'Der Encoder hat zu lange nichts gesendet',
    text: 'Prüfen Sie den Encoder und sein Netz; er kann sich wieder verbinden.',
  },
  MPE_CAPACITY_LIMIT_REACHED: {
    title: 'Es kam mehr, als sich aufnehmen lässt',
    text: 'Senken Sie die Bitrate im Encoder, oder schließen Sie andere Programme.',
  },
  MPE_INGEST_DISCONTINUITY: {
    title: 'Der Strom war unterbrochen',
    text: 'Es geht weiter. Prüfen Sie das Netz des Encoders, wenn es öfter geschieht.',
  },
  ERROR_END_OF_MEDIA: {
    title: 'Der Strom endete mitten in einem Fragment',
    text: 'Was davor kam, ist da. Prüfen Sie den Encoder, wenn es öfter geschieht.',
  },
  'ingest/timed-metadata-invalid': {
    title: 'Die Metadaten stimmen nicht',
    text: 'Es wurde nichts gesendet. Es muss ein JSON-Objekt von höchstens 256 KB sein.',
  },
  'ingest/timed-metadata-rate': {
    title: 'Die Metadaten kamen zu schnell',
    text: 'Senden Sie höchstens zwei je Sekunde.',
  },
  'ingest/negative-time': {
    title: 'Der Strom beginnt vor der Zeit null',
    text: 'Stellen Sie den Encoder so ein, dass seine Zeiten nicht negativ sind, bei ffmpeg mit -avoid_negative_ts make_zero.',
  },
  'ingest/key-frames-too-rare': {
    title: 'Die Schlüsselbilder des Encoders sind zu selten',
    text: 'Sie liegen bis zu {{seconds, number}} s auseinander, gewünscht ist eines alle {{wanted, number}} s: Zuschauer sind weiter zurück und warten länger, bis sie etwas sehen. In OBS: Einstellungen, Ausgabe, Ausgabemodus „Erweitert“, Keyframe-Intervall {{wanted, number}} s, und x264-Optionen scenecut=0; anderswo dasselbe unter GOP oder Keyframe-Intervall.',
  },
  'ingest/cue-invalid': {
    title: 'Eine Marke ist nicht zu verstehen',
    text: 'Sie wurde ausgelassen; der Strom läuft weiter.',
  },
  'ingest/address-list-invalid': {
    title: 'Eine Adresse der Liste stimmt nicht',
    text: 'Es wurde nichts geändert. Schreiben Sie etwa 10.0.0.1 oder 10.0.0.0/22.',
  },
  'ingest/certificate': {
    title: 'Das Zertifikat lässt sich nicht benutzen',
    text: 'Prüfen Sie in den Optionen die Dateien des Zertifikats und seines Schlüssels.',
  },
  'live/slate-invalid': {
    title: 'Das Standbild stimmt nicht',
    text: 'Es muss genau ein JPEG sein, höchstens 1920 × 1080 groß und 3 MB.',
  },
  'live/not-transcribed': {
    title: 'Aus dem Gesprochenen wird kein Text',
    text: 'Der Strom läuft weiter. Prüfen Sie in den Einstellungen das Programm zur Spracherkennung.',
  },
  'live/not-encoding': {
    title: 'Das kann nur ein kodierendes Live-Ereignis',
    text: 'Dieses reicht durch, was sein Encoder sendet.',
  },
  'upload/unreachable': {
    title: 'Der Objektspeicher antwortet nicht',
    text: 'Es wird von selbst erneut versucht und alles nachgeholt.',
  },
  'upload/slow-down': {
    title: 'Der Objektspeicher will weniger auf einmal',
    text: 'Es wird langsamer gesendet und alles nachgeholt.',
  },
  'upload/denied': {
    title: 'Der Objektspeicher nimmt den Schlüssel nicht an',
    text: 'Geben Sie den Schlüssel neu ein. Er muss schreiben und löschen dürfen.',
  },
  'upload/clock-skew': {
    title: 'Die Uhr dieses Rechners geht falsch',
    text: 'Stellen Sie sie, starten Sie Lectern neu und dann die Spiegelung.',
  },
  'upload/no-container': {
    title: 'Diesen Bucket oder Container gibt es nicht',
    text: 'Legen Sie ihn an, oder berichtigen Sie seinen Namen.',
  },
  'upload/refused': {
    title: 'Der Objektspeicher lehnt ab, was ihm gesendet wird',
    text: 'Prüfen Sie Adresse und Region.',
  },
  'upload/keys-unreachable': {
    title: 'Zuschauer anderswo bekämen die Schlüssel nicht',
    text: 'Geben Sie Lectern im Netz frei und nennen Sie einen öffentlichen Namen, oder benutzen Sie einen Lizenzserver, den alle erreichen.',
  },
  'upload/too-slow': {
    title: 'Das Netz ist zu langsam für die Spiegelung',
    text: 'Teile der Live-Kopie fehlen und werden später gesendet. Machen Sie weniger oder kleinere Qualitäten.',
  },
  'webhook/unreachable': {
    title: 'Der Webhook antwortet nicht',
    text: 'Es wird von selbst erneut versucht. Prüfen Sie die Adresse.',
  },
  ...OUTSIDE_PROBLEMS,
  ...STREAM_PROBLEMS,
} as const satisfies Partial<Record<ErrorCode, Words>>;
