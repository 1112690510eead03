import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Amount } from "../../api/types";
import { Meter, type Tone } from "../../components/basics";
import { DeleteButton } from "../../components/Dialog";
import { useFormat } from "../../format";

interface Props {
  name: string;
  spent: Amount;
  whole: Amount;
  currency: string;
  /** What else there is to say of it. */
  also?: string[];
  /** What deleting it means, and what is said when it is done. */
  what: string;
  gone: string;
  drop: () => Promise<unknown>;
  /** Has it changed, where that can be done. */
  change?: () => void;
}

/** How much of a month's limit is spent. */
export function Limit({ name, spent, whole, currency, also = [], what, gone, drop, change }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [part, all] = [Number(spent), Number(whole)];
  const share = all === 0 ? 1 : part / all;
  const tone: Tone = share >= 1 ? "bad" : share >= 0.8 ? "watch" : "accent";
  const figures = { spent: format.money(spent, currency), whole: format.money(whole, currency) };
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <div>
          <Text fw={600}>{name}</Text>
          <Text size="sm" c="dimmed">
            {[t("limits.of", figures), ...also].join(" · ")}
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {change !== undefined && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={change}
              aria-label={t("common.changeOf", { name })}
            >
              {t("common.change")}
            </Button>
          )}
          <DeleteButton name={name} what={what} gone={gone} drop={drop} />
        </Group>
      </Group>
      <Meter part={part} whole={all} label={name} tone={tone} />
    </div>
  );
}
