import { Button, Divider, Group, Radio, Stack, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { newKey, post, put } from "../../api/client";
import { useChange } from "../../api/queries";
import type { Lot, Renewal } from "../../api/types";
import { Failed } from "../../components/basics";
import { Dialog } from "../../components/Dialog";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";
import { useFormat } from "../../format";
import { useTerms } from "./terms";
import { TermsNote } from "./TermsNote";

/** How many days before the end the first attempt may be. */
const DAYS = { decimals: 0, min: 2, max: 7 };
const MODES = ["manual", "auto", "pay_per_use", "none"] as const;
/** A gift cannot be renewed. */
const MODES_OF_GIFTS = ["pay_per_use", "none"] as const;

/** What becomes of a package when it ends, and renewing it now. */
export function RenewalDialog({ lot, currency, close }: { lot: Lot; currency: string; close: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [mode, setMode] = useState<Renewal["mode"]>(lot.renewal?.mode ?? "manual");
  const days = useEntry(String(lot.renewal?.days_before ?? 7), DAYS);
  const key = useRef(newKey());
  const isBought = lot.source === "package";
  const terms = useTerms(isBought ? { renews: lot.lot } : null);
  const { quote, coupons } = terms;
  const save = useChange(
    () =>
      put(`/v1/packages/${lot.lot}/renewal`, {
        mode,
        ...(mode === "auto" ? { days_before: Number(days.value), times: lot.renewal?.times ?? null } : {}),
      }),
    t("renewal.saved"),
    close,
  );
  const renew = useChange(
    () => post(`/v1/packages/${lot.lot}/renew`, { key: key.current, coupons }),
    t("renewal.renewed"),
    close,
  );
  return (
    <Dialog isOpen close={close} title={t("renewal.title")}>
      <Stack>
        <Text c="dimmed" size="sm">
          {t("renewal.lead", { name: `${lot.api} · ${lot.region}`, at: format.instant(lot.expires_at) })}
        </Text>
        <Form submit={() => save.mutate(undefined)} change={save} label={t("common.save")}>
          <Radio.Group label={t("renewal.mode")} value={mode} onChange={(value) => setMode(value)}>
            <Stack gap="xs" mt="xs">
              {(isBought ? MODES : MODES_OF_GIFTS).map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={t(`renewal.modes.${one}`)}
                  description={t(`renewal.what.${one}`)}
                />
              ))}
            </Stack>
          </Radio.Group>
          {mode === "auto" && <EntryInput label={t("renewal.days")} of={days} />}
        </Form>
        {isBought && <Divider label={t("renewal.nowTitle")} labelPosition="left" />}
        {quote !== undefined && (
          <Text size="sm" c="dimmed">
            {t("renewal.period", {
              from: format.instant(quote.effective_at),
              until: format.instant(quote.expires_at),
            })}
          </Text>
        )}
        {isBought && <TermsNote terms={terms} currency={currency} />}
        {renew.error !== null && <Failed error={renew.error} />}
        {quote !== undefined && terms.error === null && (
          <Group justify="flex-end">
            <Button
              variant="default"
              onClick={() => renew.mutate(undefined)}
              loading={renew.isPending || terms.isLoading}
            >
              {t("renewal.now", { price: format.money(quote.to_pay, currency) })}
            </Button>
          </Group>
        )}
      </Stack>
    </Dialog>
  );
}
