/** What stands around every page: name, way, language, light or dark, the way out. */
import { ActionIcon, AppShell, Burger, Group, NavLink, ScrollArea, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout } from "@tabler/icons-react";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink as RouterLink, useLocation } from "react-router";

import { operatorSession, session as sessions } from "../api/client";
import { useAccount, useAutoTopUp, useGet } from "../api/queries";
import type { Clock, Instant, Session } from "../api/types";
import { Zone, zoneName, zoneOf } from "../format";
import { Brand, LanguageMenu, SchemeSwitch } from "./chrome";
import { Welcome } from "./Welcome";
import { CUSTOMER, OPERATOR, USER, type Ways } from "./ways";

export function CustomerShell(props: { session: Session; children: ReactNode }) {
  const account = useAccount();
  return (
    <Shell
      side="customer"
      who={whoIs(props.session)}
      now={account.data?.now}
      groups={CUSTOMER}
      signOut={sessions.signOut}
    >
      <Welcome />
      <Sandbox />
      {props.children}
    </Shell>
  );
}

/** For a user who is no administrator: what one can be told of the account is not asked for. */
export function UserShell(props: { session: Session; children: ReactNode }) {
  const { session } = props;
  return (
    <Shell side="customer" who={whoIs(session)} now={undefined} groups={USER} signOut={sessions.signOut}>
      <Welcome />
      {props.children}
    </Shell>
  );
}

export function OperatorShell(props: { children: ReactNode }) {
  const { t } = useTranslation();
  const clock = useGet<Clock>("/v1/admin/clock");
  return (
    <Shell
      side="operator"
      who={t("nav.operator")}
      now={clock.data?.now}
      groups={OPERATOR}
      signOut={operatorSession.signOut}
    >
      {props.children}
    </Shell>
  );
}

/** Whoever is signed in: the account, and the user where it is another one than the account's own. */
const whoIs = ({ account, user }: Session): string => (user === account ? account : `${account} · ${user}`);

/** Says so where no money is real. */
function Sandbox() {
  const { t } = useTranslation();
  const view = useAutoTopUp();
  if (view.data?.provider !== "sandbox") return null;
  return (
    <Text size="sm" c="dimmed" mb="md" className="sandbox">
      {t("nav.sandbox")}
    </Text>
  );
}

/** Asks anew who is signed in, and drops everything that was shown to them. */
async function forget(client: QueryClient, side: ShellProps["side"]): Promise<void> {
  await client.invalidateQueries({ queryKey: ["session", side] });
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

interface ShellProps {
  side: "customer" | "operator";
  who: string;
  /** An instant in the zone of the pages, once it is known. */
  now: Instant | undefined;
  groups: readonly Ways[];
  signOut: () => Promise<void>;
  children: ReactNode;
}

function Shell(props: ShellProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = async () => {
    await props.signOut().catch(() => undefined);
    await forget(client, props.side);
  };
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const zone = props.now === undefined ? undefined : zoneOf(props.now);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // Who goes to another page with a screen reader or the keyboard goes on from the page's top.
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => (event.preventDefault(), main.current?.focus())}
      >
        {t("nav.skip")}
      </a>
      <AppShell.Header className="shell-header" px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-label={opened ? t("nav.close") : t("nav.open")}
              aria-expanded={opened}
            />
            <Brand />
          </Group>
          <Group gap={4} wrap="nowrap">
            <Text size="sm" c="dimmed" truncate maw={160} visibleFrom="xs">
              {props.who}
            </Text>
            <LanguageMenu />
            <SchemeSwitch />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              onClick={() => void leave()}
              aria-label={t("nav.signOut")}
            >
              <IconLogout size={19} />
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        className="shell-navbar"
        data-closed={!opened || undefined}
        p="sm"
        component="nav"
        aria-label={t("nav.label")}
      >
        <ScrollArea type="auto" viewportProps={{ tabIndex: -1 }}>
          {props.groups.map(([name, ways]) => (
            <div key={name}>
              <Text size="xs" fw={600} c="dimmed" px="sm" pt="sm" pb={2}>
                {t(`nav.${name}`)}
              </Text>
              {ways.map(([to, label, Picture]) => {
                const active = to === "/" ? pathname === "/" : pathname.startsWith(to);
                return (
                  <NavLink
                    key={to}
                    component={RouterLink}
                    to={to}
                    label={t(`nav.${label}`)}
                    leftSection={<Picture size={18} stroke={1.7} aria-hidden />}
                    active={active}
                    {...(active ? { "aria-current": "page" as const } : {})}
                    className="nav-link"
                    onClick={close}
                  />
                );
              })}
            </div>
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main>
        <section id="main" ref={main} tabIndex={-1} className="shell-main" style={{ outline: "none" }}>
          <Zone value={zone}>{props.children}</Zone>
          {zone !== undefined && (
            <Text size="sm" c="dimmed" mt="xl">
              {t("common.zone", { zone: zoneName(zone) })}
            </Text>
          )}
        </section>
      </AppShell.Main>
    </AppShell>
  );
}
