/** Dialogs: what is asked beside the page, and what is asked before something is gone. */
import { ActionIcon, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useChange } from "../api/queries";
import { Failed } from "./basics";
import { useFocusAfter } from "./focus";

export function Dialog(props: { isOpen: boolean; close: () => void; title: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.close}
      title={props.title}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {props.children}
    </Modal>
  );
}

interface DeleteProps {
  /** What would be gone, as one calls it. */
  name: string;
  /** What follows from it. */
  what: string;
  /** Said when it is gone. */
  gone: string;
  drop: () => Promise<unknown>;
}

/** Deletes something, but asks first. Afterwards the keyboard goes on from the page, for the row is gone. */
export function DeleteButton({ name, what, gone, drop }: DeleteProps) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure(false);
  const leave = useFocusAfter();
  const change = useChange(drop, gone, () => {
    leave();
    close();
  });
  const title = t("common.deleteOf", { name });
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="lg" onClick={open} aria-label={title}>
        <IconTrash size={18} aria-hidden />
      </ActionIcon>
      <Dialog isOpen={isOpen} close={close} title={title}>
        <Stack>
          <Text>{what}</Text>
          {change.error !== null && <Failed error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("common.cancel")}
            </Button>
            <Button color="red.9" onClick={() => change.mutate(undefined)} loading={change.isPending}>
              {t("common.delete")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
