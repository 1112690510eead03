import { Checkbox, Group, Select, SimpleGrid, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Channel, QuietHours, Recipient } from "../../api/notices";
import { useEntry } from "../../components/entry";
import { EntryInput } from "../../components/EntryInput";
import { Form } from "../../components/Form";
import { useWord } from "../../components/names";
import { CATEGORIES } from "../notices/categories";

/** How a recipient is told: what can be changed of one. */
export type Rules = Pick<Recipient, "language" | "categories" | "quiet_hours" | "daily_cap" | "enabled">;
export type NewRecipient = Rules & Pick<Recipient, "channel" | "address">;

interface Props {
  /** The one that is changed; a new one, if there is none. */
  of?: Recipient;
  submit: (fields: NewRecipient) => void;
  change: { isPending: boolean; error: Error | null };
  label: string;
}

const CHANNELS: Channel[] = ["email", "sms", "webhook"];
const EXAMPLES = {
  email: "finance@example.com",
  sms: "+8613800000000",
  webhook: "https://example.com/inkmeter",
};
const INPUTS = { email: "email", sms: "tel", webhook: "url" } as const;
const USUAL_QUIET: QuietHours = { from: "22:00", to: "08:00" };
/** Short messages cost money and wake people. */
const USUAL_CAP = { email: "", sms: "20", webhook: "" } as const;
const CAP = { decimals: 0, min: 1, max: 10_000, isOptional: true };
const LANGUAGES = [
  { value: "en", label: "English" },
  { value: "zh", label: "简体中文" },
];

/** One recipient, new or as it is; of one that is there, way and address stay. */
export function RecipientForm({ of, submit, change, label }: Props) {
  const { t, i18n } = useTranslation();
  const word = useWord();
  const [channel, setChannel] = useState<Channel>(of?.channel ?? "email");
  const [address, setAddress] = useState(of?.address ?? "");
  const [language, setLanguage] = useState(of?.language ?? (i18n.language.startsWith("zh") ? "zh" : "en"));
  const [categories, setCategories] = useState<string[]>(
    of === undefined || of.categories.length === 0 ? [...CATEGORIES] : of.categories,
  );
  const [isQuiet, setQuiet] = useState(of === undefined || of.quiet_hours !== null);
  const [hours, setHours] = useState(of?.quiet_hours ?? USUAL_QUIET);
  const cap = useEntry(String(of?.daily_cap ?? ""), CAP);
  const choose = (next: Channel) => {
    if (cap.text === USUAL_CAP[channel]) cap.set(USUAL_CAP[next]);
    setChannel(next);
  };
  const [enabled, setEnabled] = useState(of?.enabled ?? true);
  const send = () =>
    submit({
      channel,
      address,
      language,
      // None named means all, those included that may be added later.
      categories: categories.length === CATEGORIES.length ? [] : categories,
      quiet_hours: isQuiet ? hours : null,
      daily_cap: cap.value === "" ? null : Number(cap.value),
      enabled,
    });
  const hour = (name: keyof QuietHours) => (
    <TextInput
      type="time"
      label={t(`recipients.${name}`)}
      value={hours[name]}
      onChange={(event) => setHours({ ...hours, [name]: event.currentTarget.value })}
      required
    />
  );
  return (
    <Form submit={send} change={change} label={label} isDisabled={categories.length === 0}>
      <SimpleGrid cols={{ base: 1, sm: of === undefined ? 3 : 2 }}>
        {of === undefined && (
          <>
            <Select
              label={t("recipients.channel")}
              data={CHANNELS.map((value) => ({ value, label: word("channel", value) }))}
              value={channel}
              onChange={(value) => choose(value ?? channel)}
            />
            <TextInput
              label={t("recipients.address")}
              placeholder={EXAMPLES[channel]}
              value={address}
              onChange={(event) => setAddress(event.currentTarget.value)}
              type={INPUTS[channel]}
              required
            />
          </>
        )}
        <Select
          label={t("recipients.language")}
          data={LANGUAGES}
          value={language}
          onChange={(value) => setLanguage(value === "zh" ? "zh" : "en")}
        />
      </SimpleGrid>
      <Checkbox.Group label={t("recipients.categories")} value={categories} onChange={setCategories}>
        <Group gap="md" mt="xs">
          {CATEGORIES.map((value) => (
            <Checkbox key={value} value={value} label={t(`category.${value}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <Switch
        label={t("recipients.quietSwitch")}
        description={t("recipients.quietNote")}
        checked={isQuiet}
        onChange={(event) => setQuiet(event.currentTarget.checked)}
      />
      {isQuiet && (
        <Group>
          {hour("from")}
          {hour("to")}
        </Group>
      )}
      <EntryInput label={t("recipients.cap")} description={t("recipients.capNote")} of={cap} maw={340} />
      {of !== undefined && (
        <Switch
          label={t("recipients.enabled")}
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
      )}
    </Form>
  );
}
