import { Select, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Access, Ocr, User } from "../../api/people";
import { Form } from "../../components/Form";

/** What a user may do, as one chooses it: everything, or something of OCR in all projects. */
export type Right = "administrator" | Ocr;

const RIGHTS: Right[] = ["full", "read_only", "administrator", "none"];
const ACCESS: Access[] = ["default", "programmatic", "console"];

export const rightsOf = (user: User): Right => (user.administrator ? "administrator" : user.ocr);

/** What the API takes for it. */
const asked = (right: Right) =>
  right === "administrator" ? { administrator: true } : { administrator: false, ocr: right };

interface Props {
  /** Who is changed; nobody yet, if one is added. */
  of?: User;
  submit: (fields: object) => void;
  change: { isPending: boolean; error: Error | null };
  label: string;
}

export function UserForm({ of, submit, change, label }: Props) {
  const { t } = useTranslation();
  const before = of === undefined ? "full" : rightsOf(of);
  const [user, setUser] = useState("");
  const [right, setRight] = useState<Right>(before);
  const [access, setAccess] = useState<Access>(of?.access ?? "default");
  const [enabled, setEnabled] = useState(of?.enabled ?? true);
  const rights = of === undefined || right !== before ? asked(right) : {};
  const fields = of === undefined ? { user, access, ...rights } : { access, enabled, ...rights };
  return (
    <Form submit={() => submit(fields)} change={change} label={label}>
      {of === undefined && (
        <TextInput
          label={t("users.name")}
          description={t("users.nameRule")}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          autoCapitalize="none"
          spellCheck={false}
          required
          data-autofocus
        />
      )}
      <Select
        label={t("users.may")}
        description={t(`rightNote.${right}`)}
        data={RIGHTS.map((value) => ({ value, label: t(`right.${value}`) }))}
        value={right}
        onChange={(value) => setRight(value ?? right)}
        allowDeselect={false}
      />
      <Select
        label={t("users.access")}
        data={ACCESS.map((value) => ({ value, label: t(`access.${value}`) }))}
        value={access}
        onChange={(value) => setAccess(value ?? access)}
        allowDeselect={false}
      />
      {of !== undefined && (
        <Switch
          label={t("users.isEnabled")}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
      )}
    </Form>
  );
}
