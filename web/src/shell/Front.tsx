/** The page before the pages: signing in. */
import { Card, Center, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

import { Brand, LanguageMenu, SchemeSwitch } from "./chrome";

export function Front(props: { title: string; lead: string; children: ReactNode; below?: ReactNode }) {
  useEffect(() => {
    document.title = `${props.title} · Inkmeter`;
  }, [props.title]);
  return (
    <Stack mih="100vh" p="md" gap={0}>
      <Group justify="space-between" component="header">
        <Brand />
        <Group gap={4}>
          <LanguageMenu />
          <SchemeSwitch />
        </Group>
      </Group>
      <Center flex={1} component="main">
        <Stack w="100%" maw={420} gap="md">
          <Card p="xl">
            <Title order={1} fz="1.5rem">
              {props.title}
            </Title>
            <Text c="dimmed" mt={4} mb="lg">
              {props.lead}
            </Text>
            {props.children}
          </Card>
          {props.below}
        </Stack>
      </Center>
    </Stack>
  );
}
