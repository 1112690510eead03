import {
  ActionIcon,
  Button,
  Checkbox,
  Code,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post, remove } from "../api/client";
import type { Recipient } from "../api/features";
import { useChange, useGet } from "../api/queries";
import { Badge, Empty, Failed, Loaded, Note, Page, Section } from "../components/basics";
import { useWord } from "../components/names";

const CATEGORIES = ["arrears", "balance", "package", "bill", "budget", "renewal", "protection"];
const KINDS = ["email", "sms", "webhook"] as const;

/** Who is told, how, and of what. */
export function Recipients() {
  const { t } = useTranslation();
  const recipients = useGet<Recipient[]>("/v1/recipients", ["account", "recipients"]);
  return (
    <Page title={t("recipients.title")} lead={t("recipients.lead")}>
      <Loaded query={recipients}>
        {(data) => (
          <>
            <List recipients={data} />
            <Add />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function List({ recipients }: { recipients: Recipient[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const [tried, setTried] = useState<{ id: string; arrived: boolean; answer: string | null } | null>(null);
  const drop = useChange((id: string) => remove(`/v1/recipients/${id}`), t("recipients.gone"));
  const probe = useChange(async (id: string) => {
    const result = await post<{ arrived: boolean; answer: string | null }>(`/v1/recipients/${id}/test`, {});
    setTried({ id, ...result });
  });
  const error = drop.error ?? probe.error;
  return (
    <Section title={t("recipients.list")}>
      {error !== null && <Failed error={error} />}
      {recipients.length === 0 ? (
        <Empty title={t("recipients.none")}>{t("recipients.noneWhy")}</Empty>
      ) : (
        <Stack component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {recipients.map((one) => (
            <Stack component="li" key={one.id} gap="xs">
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <div style={{ minWidth: 0 }}>
                  <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                    {one.address}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {word("channel", one.kind)} ·{" "}
                    {one.categories.length === 0
                      ? t("recipients.every")
                      : one.categories.map((category) => word("category", category)).join(", ")}
                    {one.quiet_hours !== null && ` · ${t("recipients.quiet", one.quiet_hours)}`}
                  </Text>
                </div>
                <Group gap="xs" wrap="nowrap">
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => probe.mutate(one.id)}
                    loading={probe.isPending && probe.variables === one.id}
                    aria-label={t("recipients.tryOf", { address: one.address })}
                  >
                    {t("recipients.try")}
                  </Button>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    onClick={() => drop.mutate(one.id)}
                    aria-label={t("limits.drop", { name: one.address })}
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                </Group>
              </Group>
              {tried?.id === one.id && (
                <Group gap="xs" role="status">
                  <Badge tone={tried.arrived ? "good" : "bad"}>
                    {tried.arrived ? t("recipients.arrived") : t("recipients.notArrived")}
                  </Badge>
                  {tried.answer !== null && (
                    <Text size="sm" c="dimmed">
                      {tried.answer}
                    </Text>
                  )}
                </Group>
              )}
            </Stack>
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Add() {
  const { t, i18n } = useTranslation();
  const word = useWord();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("email");
  const [address, setAddress] = useState("");
  const [language, setLanguage] = useState(i18n.language);
  const [categories, setCategories] = useState<string[]>(CATEGORIES);
  const [isQuiet, setQuiet] = useState(true);
  const [secret, setSecret] = useState<string | null>(null);
  const add = useChange(
    () =>
      post<Recipient>("/v1/recipients", {
        kind,
        address,
        language,
        categories: categories.length === CATEGORIES.length ? [] : categories,
        ...(isQuiet ? { quiet_hours: { from: "22:00", to: "08:00" } } : {}),
      }),
    t("recipients.added"),
    (added) => {
      setAddress("");
      setSecret(added.secret ?? null);
    },
  );
  const placeholders = {
    email: "finance@example.com",
    sms: "+8613800000000",
    webhook: "https://example.com/inkmeter",
  };
  return (
    <Section title={t("recipients.add")} lead={t("recipients.addLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}
      >
        <Stack>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <Select
              label={t("recipients.channel")}
              data={KINDS.map((value) => ({ value, label: word("channel", value) }))}
              value={kind}
              onChange={(value) => setKind(value ?? "email")}
              allowDeselect={false}
            />
            <TextInput
              label={t("recipients.address")}
              placeholder={placeholders[kind]}
              value={address}
              onChange={(event) => setAddress(event.currentTarget.value)}
              type={kind === "email" ? "email" : kind === "sms" ? "tel" : "url"}
              required
              withAsterisk={false}
            />
            <Select
              label={t("recipients.language")}
              data={[
                { value: "en", label: "English" },
                { value: "zh-CN", label: "简体中文" },
              ]}
              value={language}
              onChange={(value) => setLanguage(value ?? "en")}
              allowDeselect={false}
            />
          </SimpleGrid>
          <Checkbox.Group label={t("recipients.categories")} value={categories} onChange={setCategories}>
            <Group gap="md" mt="xs">
              {CATEGORIES.map((value) => (
                <Checkbox key={value} value={value} label={word("category", value)} />
              ))}
            </Group>
          </Checkbox.Group>
          <Switch
            label={t("recipients.quietSwitch")}
            description={t("recipients.quietNote")}
            checked={isQuiet}
            onChange={(event) => setQuiet(event.currentTarget.checked)}
          />
          {add.error !== null && <Failed error={add.error} />}
          {secret !== null && (
            <Note tone="accent" title={t("recipients.secret")}>
              <Code>{secret}</Code>
            </Note>
          )}
          <Group>
            <Button type="submit" loading={add.isPending} disabled={categories.length === 0}>
              {t("recipients.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
