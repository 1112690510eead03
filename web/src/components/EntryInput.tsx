import { TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { type Entry, useProblemText } from "./entry";

interface Props {
  label: string;
  of: Entry;
  description?: string;
  maw?: number;
}

/**
 * A number, kept as the text that was typed: every amount of money is asked for by it. What is wrong with it stands in the
 * field, and its form is not sent.
 */
export function EntryInput({ of, ...shown }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [isTold, tell] = useState(false);
  const problem = useProblemText(of);
  useEffect(() => input.current?.setCustomValidity(problem), [problem]);
  return (
    <TextInput
      {...shown}
      ref={input}
      inputMode={of.rules.isSigned === true ? "text" : "decimal"}
      autoComplete="off"
      value={of.text}
      onChange={(event) => {
        tell(false);
        of.set(event.currentTarget.value);
      }}
      // Nobody is told while typing, or for passing by.
      onBlur={() => tell(of.text !== "")}
      onInvalid={(event) => {
        // The browser would say it in its own language.
        event.preventDefault();
        tell(true);
        const field = event.currentTarget;
        if (field.form?.querySelector("input:invalid") === field) field.focus();
      }}
      required={of.rules.isOptional !== true}
      {...(isTold && problem !== "" ? { error: problem } : {})}
    />
  );
}
