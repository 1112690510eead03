import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Badge, InnerLink } from "../../components/basics";
import { useFormat } from "../../format";
import type { Receipt } from "./receipt";

interface Props {
  receipt: Receipt;
  ms: number;
  currency: string;
  /** Whether there is an explanation for whoever looks. */
  canAskWhy: boolean;
}

export function ReceiptCard(props: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { receipt, currency } = props;
  const rows: [string, React.ReactNode][] = [
    [
      t("play.receipt.paidFrom"),
      <Badge key="p" tone="accent">
        {t(`pocket.${receipt.pocket}`)}
      </Badge>,
    ],
    [t("play.receipt.amount"), format.money(receipt.amount, currency)],
    [t("play.receipt.left"), t("common.calls", { count: Number(receipt.left) })],
    [t("play.receipt.available"), format.money(receipt.available, currency)],
    [t("play.receipt.took"), t("play.receipt.ms", { ms: format.count(Math.round(props.ms)) })],
  ];
  return (
    <Card component="section" aria-label={t("play.receipt.title")}>
      <Group justify="space-between" mb="sm">
        <Title order={2} fz="1.1rem">
          {t("play.receipt.title")}
        </Title>
        {props.canAskWhy && (
          <InnerLink to={`/charges?why=${receipt.charge}`}>{t("play.receipt.why")}</InnerLink>
        )}
      </Group>
      <Stack component="dl" gap={6} m={0}>
        {rows.map(([label, value]) => (
          <Group key={label} justify="space-between" wrap="nowrap">
            <Text component="dt" c="dimmed" size="sm">
              {label}
            </Text>
            <Text component="dd" m={0} ta="end">
              {value}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
