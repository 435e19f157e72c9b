/** Figures over time. */
export const figures = {
  title: 'What the endpoints send',
  note: 'Minute by minute, up to an hour back.',
  egress: 'Sent',
  requests: 'Requests',
  refused: 'Refused or failed',
  perMinute: '{{figure}} a minute',
  latency: 'Time to answer',
  milliseconds: '{{figure}} ms',
  nobodyAsked: 'nobody asked',
  byFormat: 'By format in the last hour – {{list}}',
  byStatus: 'By answer in the last hour – {{list}}',
  nothingYet: 'The first figures come within a minute.',
} as const;
