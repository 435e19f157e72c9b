export const figures = {
  title: 'Was die Endpunkte senden',
  note: 'Minute für Minute, bis zu einer Stunde zurück.',
  egress: 'Gesendet',
  requests: 'Anfragen',
  refused: 'Abgelehnt oder gescheitert',
  perMinute: '{{figure}} je Minute',
  latency: 'Zeit bis zur Antwort',
  milliseconds: '{{figure}} ms',
  nobodyAsked: 'niemand fragte',
  byFormat: 'Nach Format in der letzten Stunde – {{list}}',
  byStatus: 'Nach Antwort in der letzten Stunde – {{list}}',
  nothingYet: 'Die ersten Zahlen kommen binnen einer Minute.',
};
