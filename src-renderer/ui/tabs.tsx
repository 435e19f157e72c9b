import type { ReactNode } from 'react';
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components';

export type TabEntry<T extends string> = {
  readonly id: T;
  readonly label: string;
  readonly content: ReactNode;
};

/** Parts of one place, one at a time. */
export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly tabs: readonly TabEntry<T>[];
}): ReactNode {
  return (
    <AriaTabs className="tabs">
      <TabList className="tabs__list" aria-label={props.label}>
        {props.tabs.map(({ id, label }) => (
          <Tab key={id} id={id} className="tabs__tab">
            <span className="trim">{label}</span>
          </Tab>
        ))}
      </TabList>
      {props.tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className="tabs__panel">
          {content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
