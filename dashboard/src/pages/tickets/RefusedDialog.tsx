import { Anchor, List, Stack, Text } from "@mantine/core";
import { Link } from "wouter";

import type { RefusedTicket } from "../../api/bulk";
import { Dialog } from "../../parts/Dialog";
import { count } from "../../pure/words";
import { addressOf } from "./columns";

const MOST_SHOWN = 200;

/** On which tickets it could not be done, and why; each leads to its page. */
export function RefusedDialog({ refused, close }: { refused: readonly RefusedTicket[]; close: () => void }) {
  const reasons = new Map<string, string[]>();
  for (const { detail, ticket_id } of refused.slice(0, MOST_SHOWN)) {
    reasons.set(detail, [...(reasons.get(detail) ?? []), ticket_id]);
  }
  return (
    <Dialog
      opened={refused.length > 0}
      onClose={close}
      title={`${count(refused.length, "ticket was", "tickets were")} refused`}
    >
      <Stack gap="md">
        {[...reasons].map(([detail, ids]) => (
          <div key={detail}>
            <Text size="sm" fw={600} mb={4}>
              {detail}
            </Text>
            <List size="sm" spacing={8}>
              {ids.map((id) => (
                <List.Item key={id}>
                  <Anchor component={Link} href={addressOf(id)} size="sm">
                    {id}
                  </Anchor>
                </List.Item>
              ))}
            </List>
          </div>
        ))}
        {refused.length > MOST_SHOWN && (
          <Text size="sm" c="var(--ss-quiet)">
            and {(refused.length - MOST_SHOWN).toLocaleString()} more
          </Text>
        )}
        <Text size="sm" c="var(--ss-quiet)">
          They are still chosen.
        </Text>
      </Stack>
    </Dialog>
  );
}
