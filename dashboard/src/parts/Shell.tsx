import { ActionIcon, AppShell, Box, Burger, Group, NavLink, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useMemo } from "react";
import { Link, useLocation } from "wouter";

import { SignedIn, useIsAgentsOwn } from "../api/may";
import type { Session } from "../api/types";
import { Icon, type IconName } from "../icons/icons";
import { Live } from "../live/Live";
import { KeyboardHelp } from "./KeyboardHelp";
import { LinkState } from "./LinkState";
import { Notices } from "./notices";
import { SchemeSwitch } from "./SchemeSwitch";
import classes from "./Shell.module.css";
import { type Shortcut, useShortcuts } from "./shortcuts";
import { Guard } from "./States";
import { WhoMenu } from "./WhoMenu";

interface Place {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly key: string;
  /** It shows what is the whole workspace's. */
  readonly whole?: true;
}

export const PLACES: readonly Place[] = [
  { path: "/tickets", label: "Tickets", icon: "tickets", key: "t" },
  { path: "/flood", label: "Flood", icon: "flood", key: "f", whole: true },
  { path: "/incidents", label: "Incidents", icon: "incidents", key: "i" },
  { path: "/agents", label: "Agents", icon: "agents", key: "a" },
  { path: "/health", label: "Health", icon: "health", key: "h", whole: true },
  { path: "/settings", label: "Settings", icon: "settings", key: "s", whole: true },
];

/** Around all pages: who is signed in, the stream of events, the header and the navigation. */
export function Shell({ session, children }: { session: Session; children: ReactNode }) {
  return (
    <SignedIn value={session}>
      <Live>
        <Frame>{children}</Frame>
      </Live>
    </SignedIn>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const [opened, nav] = useDisclosure();
  const [helps, help] = useDisclosure();
  const [location, navigate] = useLocation();
  const own = useIsAgentsOwn();
  const places = useMemo(() => PLACES.filter((place) => !(own && place.whole)), [own]);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      ...places.map((place) => ({
        keys: `g ${place.key}`,
        does: `Go to ${place.label}`,
        run: () => navigate(place.path),
      })),
      { keys: "?", does: "Show this help", run: help.open },
    ],
    [navigate, help.open, places],
  );
  useShortcuts("Everywhere", shortcuts);

  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !opened } }}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <AppShell.Header className={classes.bar}>
        <Group h="100%" px="sm" gap="xs" wrap="nowrap">
          <Burger opened={opened} onClick={nav.toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
          <img src="/ui/icon.svg" alt="" width={24} height={24} />
          <Text fw={650} visibleFrom="xs">
            Smart-Support
          </Text>
          <LinkState />
          <Box flex={1} />
          <Tooltip label="Keyboard (?)">
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Keyboard help" onClick={help.open}>
              <Icon name="help" />
            </ActionIcon>
          </Tooltip>
          <SchemeSwitch />
          <WhoMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" className={classes.nav} aria-label="Pages">
        {places.map((place) => {
          const here = location === place.path || location.startsWith(`${place.path}/`);
          return (
            <NavLink
              key={place.path}
              component={Link}
              href={place.path}
              label={place.label}
              leftSection={<Icon name={place.icon} />}
              active={here}
              aria-current={here ? "page" : undefined}
              className={classes.link ?? ""}
              onClick={nav.close}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Guard key={location}>{children}</Guard>
      </AppShell.Main>
      <Notices />
      <KeyboardHelp opened={helps} close={help.close} />
    </AppShell>
  );
}
