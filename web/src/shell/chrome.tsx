/** What stands at the head of every page, signed in or not. */
import { ActionIcon, Group, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { IconLanguage, IconMoonStars, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { choose, type Language, languages } from "../i18n";

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
