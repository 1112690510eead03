import { Group, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { put, remove } from "../../api/client";
import type { Caps as CapsView } from "../../api/limits";
import { useChange, useGet } from "../../api/queries";
import { Empty, Loaded, Section } from "../../components/basics";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { ALL_APIS } from "../../components/figures";
import { Form } from "../../components/Form";
import { Limit } from "./Limit";

export function Caps({ apis, currency }: { apis: string[]; currency: string }) {
  const { t } = useTranslation();
  const caps = useGet<CapsView>("/v1/caps", ["account", "caps"]);
  const [api, setApi] = useState(ALL_APIS);
  const monthly = useEntry("500");
  const save = useChange(() => put(`/v1/caps/${api}`, { monthly: monthly.value }), t("caps.saved"));
  return (
    <Section title={t("caps.title")} lead={t("caps.lead")}>
      <Stack gap="lg">
        <Loaded query={caps}>
          {(data) =>
            data.caps.length === 0 ? (
              <Empty title={t("caps.none")}>{t("caps.noneWhy")}</Empty>
            ) : (
              data.caps.map((cap) => (
                <Limit
                  key={cap.api}
                  name={cap.api === ALL_APIS ? t("common.allApis") : cap.api}
                  spent={cap.spent}
                  whole={cap.monthly}
                  currency={currency}
                  what={t("caps.goneWhat")}
                  gone={t("caps.gone")}
                  drop={() => remove(`/v1/caps/${cap.api}`)}
                />
              ))
            )
          }
        </Loaded>
        <Form submit={() => save.mutate(undefined)} change={save} label={t("caps.set")} isQuiet>
          <Group align="flex-start">
            <Select
              label={t("common.service")}
              data={[{ value: ALL_APIS, label: t("common.allApis") }, ...apis]}
              value={api}
              onChange={(value) => setApi(value ?? ALL_APIS)}
            />
            <EntryInput label={t("limits.monthly", { currency })} of={monthly} />
          </Group>
        </Form>
      </Stack>
    </Section>
  );
}
