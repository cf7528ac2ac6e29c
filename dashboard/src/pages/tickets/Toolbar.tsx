import { ActionIcon, Button, SegmentedControl, Tooltip } from "@mantine/core";

import { Icon } from "../../icons/icons";
import type { View } from "../../live/board";
import { MOST_CHANGED } from "../../live/board";
import type { Order } from "../../pure/filters";

interface Props {
  view: View;
  order: Order;
  reorder: (order: Order) => void;
  pause: () => void;
  /** How many tickets the file holds by now; null where none is made. */
  saving: number | null;
  save: () => void;
  stopSaving: () => void;
}

const ORDERS = [
  { value: "newest", label: "Newest" },
  { value: "urgent", label: "Most urgent" },
] as const;

/** What is done with the list as a whole. */
export function Toolbar({ view, order, reorder, pause, saving, save, stopSaving }: Props) {
  const waits = view.waits >= MOST_CHANGED ? `${MOST_CHANGED.toLocaleString()}+` : view.waits.toLocaleString();
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="Order"
        data={[...ORDERS]}
        value={order}
        onChange={(value) => reorder(value as Order)}
      />
      <Button
        size="xs"
        variant={view.paused ? "filled" : "default"}
        leftSection={<Icon name={view.paused ? "play" : "pause"} size={14} />}
        onClick={pause}
      >
        {view.paused ? `Resume${view.waits > 0 ? ` · ${waits} changed` : ""}` : "Pause"}
      </Button>
      {saving === null ? (
        <Tooltip label="Save all that fit the filters as CSV">
          <ActionIcon variant="default" size={30} aria-label="Save as CSV" onClick={save}>
            <Icon name="save" />
          </ActionIcon>
        </Tooltip>
      ) : (
        <Button size="xs" variant="default" leftSection={<Icon name="close" size={14} />} onClick={stopSaving}>
          Stop: {saving.toLocaleString()}
          {view.total !== null && ` of ${view.total.toLocaleString()}`}
        </Button>
      )}
    </>
  );
}
