import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post } from "../../api/client";
import type { Recipient } from "../../api/notices";
import { useChange } from "../../api/queries";
import { Badge, Failed } from "../../components/basics";
import { useFocusAfter } from "../../components/focus";
import { Form } from "../../components/Form";

/** Where the code is given back that was sent to a recipient, and a new one is asked for. */
export function Confirmation({ recipient }: { recipient: Recipient }) {
  const { t } = useTranslation();
  const { id, address } = recipient;
  const [code, setCode] = useState("");
  const leave = useFocusAfter();
  const confirm = useChange(
    () => post(`/v1/recipients/${id}/confirm`, { code }),
    t("recipients.confirmed"),
    leave,
  );
  const again = useChange(
    () => post(`/v1/recipients/${id}/code`, undefined),
    t("recipients.codeSent", { address }),
    () => {
      setCode("");
      confirm.reset();
    },
  );
  return (
    <Stack gap="xs">
      <div>
        <Badge tone="watch">{t("recipients.waits")}</Badge>{" "}
        <Text span size="sm" c="dimmed">
          {t("recipients.waitsWhy")}
        </Text>
      </div>
      <Form
        submit={() => confirm.mutate(undefined)}
        change={confirm}
        label={t("recipients.confirm")}
        name={t("recipients.confirmOf", { address })}
        beside={
          <Button
            variant="default"
            onClick={() => again.mutate(undefined)}
            loading={again.isPending}
            aria-label={t("recipients.againTo", { address })}
          >
            {t("recipients.again")}
          </Button>
        }
      >
        <TextInput
          label={t("recipients.code")}
          aria-label={t("recipients.codeOf", { address })}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value.replace(/\D/g, "").slice(0, 6))}
          inputMode="numeric"
          autoComplete="one-time-code"
          pattern="[0-9]{6}"
          maw={200}
          required
        />
      </Form>
      {again.error !== null && <Failed error={again.error} />}
    </Stack>
  );
}
