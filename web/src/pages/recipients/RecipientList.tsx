import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import { patch, post, remove } from "../../api/client";
import type { Recipient } from "../../api/notices";
import { useChange } from "../../api/queries";
import { useAnswerText } from "../../components/answer";
import { Badge, Empty, Failed, Section } from "../../components/basics";
import { DeleteButton, Dialog } from "../../components/Dialog";
import { useWord } from "../../components/names";
import { Confirmation } from "./Confirmation";
import { RecipientForm, type Rules } from "./RecipientForm";

interface Props {
  recipients: Recipient[];
  /** Where the API has them: one's own or, for the operator, those of an account. */
  path: string;
  isOwn: boolean;
}

export function RecipientList({ recipients, path, isOwn }: Props) {
  const { t } = useTranslation();
  return (
    <Section title={t("recipients.list")}>
      {recipients.length === 0 ? (
        <Empty title={t("recipients.none")}>{t("recipients.noneWhy")}</Empty>
      ) : (
        <Stack component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {recipients.map((one) => (
            <Row key={one.id} recipient={one} path={`${path}/${one.id}`} isOwn={isOwn} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

interface RowProps {
  recipient: Recipient;
  path: string;
  isOwn: boolean;
}

function Row({ recipient, path, isOwn }: RowProps) {
  const { t } = useTranslation();
  const word = useWord();
  const answer = useAnswerText();
  const { address, channel, categories, confirmed, quiet_hours: quiet, daily_cap: cap } = recipient;
  const probe = useChange(() => post<{ accepted: boolean; answer: string | null }>(`${path}/test`, {}));
  const rules = [
    word("channel", channel),
    categories.length === 0
      ? t("recipients.every")
      : categories.map((category) => word("category", category)).join(", "),
    ...(quiet === null ? [] : [t("recipients.quiet", { from: quiet.from, to: quiet.to })]),
    ...(cap === null ? [] : [t("recipients.atMost", { count: cap })]),
    ...(recipient.enabled ? [] : [t("recipients.paused")]),
  ];
  return (
    <Stack component="li" gap="xs">
      <Group justify="space-between" align="flex-start" gap="xs">
        <div style={{ minWidth: 0, flex: "1 1 14rem" }}>
          <Text fw={600} className="wrap">
            {address}
          </Text>
          <Text size="sm" c="dimmed">
            {rules.join(" · ")}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {confirmed && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => probe.mutate(undefined)}
              loading={probe.isPending}
              aria-label={t("recipients.tryOf", { address })}
            >
              {t("recipients.try")}
            </Button>
          )}
          <ChangeButton recipient={recipient} path={path} />
          <DeleteButton
            name={address}
            what={t("recipients.goneWhat")}
            gone={t("recipients.gone")}
            drop={() => remove(path)}
          />
        </Group>
      </Group>
      {!confirmed && <Confirmation recipient={recipient} path={path} isOwn={isOwn} />}
      <div role="status">
        {probe.data !== undefined && (
          <Group gap="xs">
            <Badge tone={probe.data.accepted ? "good" : "bad"}>
              {probe.data.accepted ? t("recipients.accepted") : t("recipients.notAccepted")}
            </Badge>
            <Text size="sm" c="dimmed" className="wrap">
              {probe.data.answer === null ? null : answer(probe.data.answer)}
            </Text>
          </Group>
        )}
      </div>
      {probe.error !== null && <Failed error={probe.error} />}
    </Stack>
  );
}

function ChangeButton({ recipient, path }: { recipient: Recipient; path: string }) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  const change = useChange((rules: Rules) => patch(path, rules), t("recipients.changed"), close);
  const title = t("recipients.changeOf", { address: recipient.address });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={title}>
        {t("recipients.change")}
      </Button>
      <Dialog isOpen={isOpen} close={close} title={title}>
        <RecipientForm
          of={recipient}
          submit={({ language, categories, quiet_hours, daily_cap, enabled }) =>
            change.mutate({ language, categories, quiet_hours, daily_cap, enabled })
          }
          change={change}
          label={t("common.save")}
        />
      </Dialog>
    </>
  );
}
