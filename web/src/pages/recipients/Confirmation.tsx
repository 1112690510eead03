import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { post } from "../../api/client";
import type { Recipient } from "../../api/notices";
import { useChange } from "../../api/queries";
import { Badge, Failed } from "../../components/basics";
import { useFocusAfter } from "../../components/focus";
import { Form } from "../../components/Form";

interface Props {
  recipient: Recipient;
  path: string;
  /** The operator needs no code: they know that it wants to be told. */
  isOwn: boolean;
}

/** What a recipient waits for that has not said that it wants to be told. */
export function Confirmation({ recipient, path, isOwn }: Props) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <div>
        <Badge tone="watch">{t("recipients.waits")}</Badge>{" "}
        <Text span size="sm" c="dimmed">
          {t("recipients.waitsWhy")}
        </Text>
      </div>
      {isOwn ? (
        <Code address={recipient.address} path={path} />
      ) : (
        <ByOperator address={recipient.address} path={path} />
      )}
    </Stack>
  );
}

function ByOperator({ address, path }: { address: string; path: string }) {
  const { t } = useTranslation();
  const leave = useFocusAfter();
  const confirm = useChange(() => post(`${path}/confirm`, {}), t("recipients.confirmed"), leave);
  return (
    <div>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => confirm.mutate(undefined)}
        loading={confirm.isPending}
        aria-label={t("recipients.confirmOf", { address })}
      >
        {t("recipients.confirm")}
      </Button>
      {confirm.error !== null && <Failed error={confirm.error} />}
    </div>
  );
}

/** Where the code is given back that was sent to a recipient, and a new one is asked for. */
function Code({ address, path }: { address: string; path: string }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const leave = useFocusAfter();
  const confirm = useChange(() => post(`${path}/confirm`, { code }), t("recipients.confirmed"), leave);
  const again = useChange(
    () => post(`${path}/code`, undefined),
    t("recipients.codeSent", { address }),
    () => {
      setCode("");
      confirm.reset();
    },
  );
  return (
    <>
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
    </>
  );
}
