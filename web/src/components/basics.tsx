/** The few shapes every page is made of. */
import {
  Alert,
  Anchor,
  Button,
  Card,
  Center,
  CopyButton,
  Group,
  Loader,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy, IconInfoCircle } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { ApiError } from "../api/client";
import type { Amount, Standing } from "../api/types";
import { useFormat } from "../format";
import { useFailureText } from "./failure";

export type Tone = "good" | "watch" | "bad" | "plain" | "accent";

/** A page: its name, what it is for in one sentence, what one does on it. */
export function Page(props: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { title, lead, actions, children } = props;
  useEffect(() => {
    document.title = `${title} · Inkmeter`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <div style={{ minWidth: 0, flex: "1 1 18rem" }}>
          <Title order={1} fz={{ base: "1.45rem", sm: "1.7rem" }}>
            {title}
          </Title>
          {lead !== undefined && (
            <Text c="dimmed" mt={4} maw={640}>
              {lead}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="sm">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export function Section(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { title, lead, actions, children } = props;
  return (
    <Card component="section">
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <div style={{ minWidth: 0, flex: "1 1 14rem" }}>
          <Title order={2} fz="1.1rem">
            {title}
          </Title>
          {lead !== undefined && (
            <Text c="dimmed" size="sm" mt={2}>
              {lead}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </Card>
  );
}

export function Figure(props: { label: string; value: ReactNode; note?: ReactNode; small?: boolean }) {
  return (
    <div>
      <Text c="dimmed" size="sm">
        {props.label}
      </Text>
      <div className={props.small ? "figure-small" : "figure"}>{props.value}</div>
      {props.note !== undefined && (
        <Text component="div" c="dimmed" size="sm">
          {props.note}
        </Text>
      )}
    </div>
  );
}

/** How many letters of a large figure stand on one line of a page of figures, and of a smaller one. */
const LARGE = 12;
const MIDDLE = 16;

export function Money(props: { value: Amount; currency: string }) {
  const format = useFormat();
  // The line may end behind the currency, but never within the number.
  const text = format.money(props.value, props.currency).replaceAll("\u00a0", " ");
  const size = text.length <= LARGE ? undefined : text.length <= MIDDLE ? "long" : "longer";
  return (
    <span className="amount" data-size={size}>
      {text}
    </span>
  );
}

export function Badge(props: { tone: Tone; children: ReactNode }) {
  return <span className={`tone tone-${props.tone}`}>{props.children}</span>;
}

const STANDING_TONES: Record<Standing, Tone> = {
  good: "good",
  grace: "watch",
  frozen: "bad",
  released: "bad",
};

export function StandingBadge(props: { standing: Standing }) {
  const { t } = useTranslation();
  return <Badge tone={STANDING_TONES[props.standing]}>{t(`standing.${props.standing}`)}</Badge>;
}

export function Note(props: { tone: Tone; title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  const Icon = props.tone === "bad" || props.tone === "watch" ? IconAlertTriangle : IconInfoCircle;
  return (
    <div className={`note tone-${props.tone}`}>
      <Icon size={20} aria-hidden />
      <div className="note-body">
        <div className="note-title">{props.title}</div>
        {props.children}
      </div>
      {props.action}
    </div>
  );
}

/** Nothing is here yet, and what to do about it. */
export function Empty(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center py="xl">
      <Stack gap="xs" align="center" maw={420} ta="center">
        <Text fw={600}>{props.title}</Text>
        {props.children !== undefined && (
          <Text c="dimmed" size="sm">
            {props.children}
          </Text>
        )}
        {props.action}
      </Stack>
    </Center>
  );
}

export function Failed(props: { error: Error; retry?: () => void }) {
  const { t } = useTranslation();
  const { title, cure } = useFailureText(props.error);
  return (
    <Alert role="alert" color="red" variant="outline" icon={<IconAlertTriangle size={20} />} title={title}>
      <Stack gap="xs" align="flex-start">
        {cure !== undefined && <Text size="sm">{cure}</Text>}
        {props.retry !== undefined && (
          <Button size="xs" variant="default" onClick={props.retry}>
            {t("common.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function Waiting(props: { height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("common.loading")}>
      <Skeleton height={props.height ?? 96} radius="md" />
    </div>
  );
}

interface Query<T> {
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
}

/** What was asked for, or that it comes, or why it does not. */
export function Loaded<T>(props: { query: Query<T>; height?: number; children: (data: T) => ReactNode }) {
  const { query } = props;
  const { t } = useTranslation();
  if (query.data !== undefined) return <>{props.children(query.data)}</>;
  if (query.error instanceof ApiError && query.error.isAbsent) return <Empty title={t("common.absent")} />;
  if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Waiting {...(props.height === undefined ? {} : { height: props.height })} />;
}

export function Copyable(props: { text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <code className="mono">{props.text}</code>
      <CopyButton value={props.text}>
        {({ copied, copy }) => (
          <Button
            size="compact-xs"
            variant="default"
            style={{ flex: "none" }}
            onClick={copy}
            leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            aria-label={`${t("common.copy")}: ${props.label}`}
          >
            {copied ? t("common.copied") : t("common.copy")}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

export function InnerLink(props: { to: string; children: ReactNode }) {
  return (
    <Anchor component={Link} to={props.to} underline="always">
      {props.children}
    </Anchor>
  );
}

export function WholePage() {
  const { t } = useTranslation();
  return (
    <Center mih="60vh">
      <Loader role="status" aria-label={t("common.loading")} />
    </Center>
  );
}

export function Meter(props: { part: number; whole: number; label: string; tone?: Tone }) {
  const share = props.whole === 0 ? 0 : Math.min(1, Math.max(0, props.part / props.whole));
  return (
    <div
      className="meter"
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={props.whole}
      aria-valuenow={Math.min(props.part, props.whole)}
    >
      <div style={{ width: `${share * 100}%` }} data-tone={props.tone} />
    </div>
  );
}
