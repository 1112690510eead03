/** What is filled in and sent: the fields, what went wrong, and the button that sends them. */
import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { Failed } from "./basics";

interface Change {
  isPending: boolean;
  error: Error | null;
}

interface FormProps {
  submit: () => void;
  change: Change;
  label: string;
  /** The button's name for those who hear it, where several have the same label. */
  name?: string;
  children?: ReactNode;
  /** What stands beside the button. */
  beside?: ReactNode;
  /** True if the form is not what the page is for. */
  isQuiet?: boolean;
  /** True for a button as wide as the form. */
  isWide?: boolean;
  isDisabled?: boolean;
  /** True while there is nothing to be sent. */
  isHidden?: boolean;
}

export function Form(props: FormProps) {
  const { change } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.submit();
      }}
    >
      <Stack>
        {props.children}
        {change.error !== null && <Failed error={change.error} />}
        {props.isHidden !== true && (
          <Group justify="space-between">
            <Button
              type="submit"
              aria-label={props.name}
              variant={props.isQuiet === true ? "default" : "filled"}
              size={props.isWide === true ? "md" : "sm"}
              fullWidth={props.isWide === true}
              loading={change.isPending}
              disabled={props.isDisabled === true}
            >
              {props.label}
            </Button>
            {props.beside}
          </Group>
        )}
      </Stack>
    </form>
  );
}
