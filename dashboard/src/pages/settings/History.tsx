import { Button, Group, Loader, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client } from "../../api/client";
import { Dialog } from "../../parts/Dialog";
import { RelativeTime } from "../../parts/RelativeTime";
import { Failed } from "../../parts/States";
import { Diff } from "./Diff";
import { type Content, type Held, type Kind, pretty, versionsKey } from "./documents";
import classes from "./Settings.module.css";

const LIMIT = 50;

interface Props {
  kind: Kind;
  held: Held;
  /** Null where the reader may only look. */
  bringBack: ((content: Content) => void) | null;
  close: () => void;
}

/** Every version there was, who made it and when, and how it differs from what holds. */
export function History({ kind, held, bringBack, close }: Props) {
  const [chosen, choose] = useState<number | null>(null);
  const versions = useQuery({
    queryKey: versionsKey(kind),
    queryFn: async () =>
      bodyOf(await client.GET("/config/{kind}/versions", { params: { path: { kind }, query: { limit: LIMIT } } })),
  });
  const old = useQuery({
    queryKey: [...versionsKey(kind), chosen],
    enabled: chosen !== null,
    staleTime: Infinity, // a version never changes
    queryFn: async () =>
      bodyOf(
        await client.GET("/config/{kind}/versions/{version}", { params: { path: { kind, version: chosen ?? 0 } } }),
      ).content as Content,
  });
  return (
    <Dialog opened onClose={close} title="History" size={960}>
      {versions.isError ? (
        <Failed error={versions.error} again={() => void versions.refetch()} />
      ) : versions.isPending ? (
        <Loader aria-label="Loading" />
      ) : (
        <div className={classes.history}>
          <div role="group" aria-label="Versions" className={classes.versions}>
            {versions.data.map((one) => (
              <UnstyledButton
                key={one.version}
                className={classes.version ?? ""}
                aria-pressed={one.version === chosen}
                onClick={() => choose(one.version)}
              >
                <b>Version {one.version}</b>
                {one.version === held.version && " · holds now"}
                <span className={classes.quiet}>
                  {one.at === null ? (
                    "as it comes with the program"
                  ) : (
                    <>
                      {one.actor} · <RelativeTime at={one.at} />
                    </>
                  )}
                </span>
              </UnstyledButton>
            ))}
          </div>
          <Stack gap="sm" miw={0}>
            {chosen === null && (
              <Text size="sm" c="var(--ss-quiet)">
                Choose a version to see how it differs from what holds.
              </Text>
            )}
            {old.isError && <Failed error={old.error} again={() => void old.refetch()} />}
            {old.isFetching && <Loader size="sm" aria-label="Loading" />}
            {chosen !== null && old.data !== undefined && (
              <>
                <Text size="sm">
                  Version {chosen} beside what holds, version {held.version}: − would go, + would come back.
                </Text>
                <Diff
                  before={pretty(held.content)}
                  after={pretty(old.data)}
                  label={`Version ${chosen} against what holds`}
                />
                {bringBack !== null && chosen !== held.version && (
                  <Group justify="flex-end">
                    <Button
                      onClick={() => {
                        bringBack(old.data);
                        close();
                      }}
                    >
                      Bring back version {chosen}
                    </Button>
                  </Group>
                )}
              </>
            )}
          </Stack>
        </div>
      )}
    </Dialog>
  );
}
