/** What stands around every page: name, way, language, light or dark, the way out. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  type Icon,
  IconAdjustments,
  IconBell,
  IconBoxMultiple,
  IconBuilding,
  IconCalendarStats,
  IconChartBar,
  IconClock,
  IconCoins,
  IconFileInvoice,
  IconHelpCircle,
  IconHome,
  IconKey,
  IconLanguage,
  IconListDetails,
  IconLogout,
  IconMailForward,
  IconMoonStars,
  IconPhotoScan,
  IconSun,
  IconTags,
  IconToggleRight,
  IconUsers,
} from "@tabler/icons-react";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink as RouterLink, useLocation } from "react-router";

import { operatorSession, session as sessions } from "./api/client";
import { useAutoTopUp } from "./api/queries";
import type { Session } from "./api/types";
import { choose, type Language, languages } from "./i18n";

interface Way {
  to: string;
  label: string;
  icon: Icon;
}

/** Asks anew who is signed in, and drops everything that was shown to them. */
async function forget(client: QueryClient, side: "customer" | "operator"): Promise<void> {
  await client.invalidateQueries({ queryKey: ["session", side] });
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

export function CustomerShell(props: { session: Session; children: ReactNode }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = async () => {
    await sessions.signOut().catch(() => undefined);
    await forget(client, "customer");
  };
  const groups: { name: string; ways: Way[] }[] = [
    {
      name: t("nav.start"),
      ways: [
        { to: "/", label: t("nav.overview"), icon: IconHome },
        { to: "/playground", label: t("nav.playground"), icon: IconPhotoScan },
        { to: "/services", label: t("nav.services"), icon: IconToggleRight },
        { to: "/packages", label: t("nav.packages"), icon: IconBoxMultiple },
      ],
    },
    {
      name: t("nav.money"),
      ways: [
        { to: "/top-up", label: t("nav.topUp"), icon: IconCoins },
        { to: "/usage", label: t("nav.usage"), icon: IconChartBar },
        { to: "/charges", label: t("nav.charges"), icon: IconListDetails },
        { to: "/bills", label: t("nav.bills"), icon: IconFileInvoice },
      ],
    },
    {
      name: t("nav.understand"),
      ways: [
        { to: "/why", label: t("nav.why"), icon: IconHelpCircle },
        { to: "/ahead", label: t("nav.ahead"), icon: IconCalendarStats },
        { to: "/notices", label: t("nav.notices"), icon: IconBell },
      ],
    },
    {
      name: t("nav.settings"),
      ways: [
        { to: "/limits", label: t("nav.limits"), icon: IconAdjustments },
        { to: "/recipients", label: t("nav.recipients"), icon: IconUsers },
        { to: "/keys", label: t("nav.keys"), icon: IconKey },
      ],
    },
  ];
  return (
    <Shell who={props.session.account} groups={groups} leave={() => void leave()}>
      <Sandbox />
      {props.children}
    </Shell>
  );
}

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

export function OperatorShell(props: { children: ReactNode }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = async () => {
    await operatorSession.signOut().catch(() => undefined);
    await forget(client, "operator");
  };
  const groups = [
    {
      name: t("nav.operator"),
      ways: [
        { to: "/operator/accounts", label: t("nav.accounts"), icon: IconBuilding },
        { to: "/operator/catalog", label: t("nav.catalog"), icon: IconTags },
        { to: "/operator/outbox", label: t("nav.outbox"), icon: IconMailForward },
        { to: "/operator/clock", label: t("nav.clock"), icon: IconClock },
      ],
    },
  ];
  return (
    <Shell who={t("nav.operator")} groups={groups} leave={() => void leave()}>
      {props.children}
    </Shell>
  );
}

function Shell(props: {
  who: string;
  groups: { name: string; ways: Way[] }[];
  leave: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
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
              onClick={props.leave}
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
          {props.groups.map((group) => (
            <div key={group.name}>
              <Text size="xs" fw={600} c="dimmed" px="sm" pt="md" pb={4}>
                {group.name}
              </Text>
              {group.ways.map((way) => {
                const active = way.to === "/" ? pathname === "/" : pathname.startsWith(way.to);
                return (
                  <NavLink
                    key={way.to}
                    component={RouterLink}
                    to={way.to}
                    label={way.label}
                    leftSection={<way.icon size={18} stroke={1.7} aria-hidden />}
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
          {props.children}
        </section>
      </AppShell.Main>
    </AppShell>
  );
}

export function Brand() {
  return (
    <Group gap={10} wrap="nowrap">
      <img src={`${import.meta.env.BASE_URL}icon.svg`} width={26} height={26} alt="" />
      <Text fw={700} fz="1.05rem" style={{ letterSpacing: "-0.01em" }}>
        Inkmeter
      </Text>
    </Group>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`${t("nav.language")} (${languages[i18n.language as Language]})`}
        >
          <IconLanguage size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => choose(language)}
            fw={i18n.language === language ? 700 : 400}
          >
            {languages[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function SchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark =
    colorScheme === "dark" ||
    (colorScheme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={() => setColorScheme(isDark ? "light" : "dark")}
      aria-label={isDark ? t("nav.light") : t("nav.dark")}
    >
      {isDark ? <IconSun size={19} /> : <IconMoonStars size={19} />}
    </ActionIcon>
  );
}
