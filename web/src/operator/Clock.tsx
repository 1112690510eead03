import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { post } from "../api/client";
import { useChange, useGet } from "../api/queries";
import type { Clock as ClockView } from "../api/types";
import { Failed, Figure, Loaded, Note, Page, Section } from "../components/basics";
import { useFormat } from "../format";

const HOUR_MS = 3_600_000;

export function Clock() {
  const { t } = useTranslation();
  const clock = useGet<ClockView>("/v1/admin/clock");
  return (
    <Page title={t("clock.title")} lead={t("clock.lead")}>
      <Loaded query={clock}>{(data) => <Content clock={data} />}</Loaded>
    </Page>
  );
}

function Content({ clock }: { clock: ClockView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const advance = useChange((by_ms: number) => post("/v1/admin/clock", { by_ms }), t("clock.moved"));
  const untilDue = clock.next_due_in_ms;
  return (
    <Section title={clock.mode === "manual" ? t("clock.manual") : t("clock.system")}>
      <Group gap="xl" mb="lg" align="flex-start">
        <Figure label={t("clock.now")} value={format.instant(clock.now)} />
        <Figure
          small
          label={t("clock.next")}
          value={clock.next_due === null ? t("clock.nothing") : format.instant(clock.next_due)}
          {...(clock.next_due === null ? {} : { note: format.away(clock.next_due, clock.now) })}
        />
      </Group>
      {clock.books !== null && (
        <Note tone="watch" title={t("clock.aheadTitle", { at: format.instant(clock.books) })}>
          <Text size="sm">{t("clock.aheadText")}</Text>
        </Note>
      )}
      {clock.mode === "system" ? (
        <Note tone="accent" title={t("clock.systemTitle")}>
          <Text size="sm">{t("clock.systemText")}</Text>
        </Note>
      ) : (
        <Group gap="sm">
          <Button variant="default" loading={advance.isPending} onClick={() => advance.mutate(HOUR_MS)}>
            {t("clock.hour")}
          </Button>
          <Button variant="default" loading={advance.isPending} onClick={() => advance.mutate(24 * HOUR_MS)}>
            {t("clock.day")}
          </Button>
          <Button
            loading={advance.isPending}
            disabled={untilDue === null}
            onClick={() => untilDue !== null && advance.mutate(Math.max(1, untilDue))}
          >
            {t("clock.toNext")}
          </Button>
        </Group>
      )}
      {advance.error !== null && <Failed error={advance.error} />}
    </Section>
  );
}
