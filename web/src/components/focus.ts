import { useEffect, useRef } from "react";

/** For what takes itself away when it is done: called then, it has the keyboard go on from the page. */
export function useFocusAfter(): () => void {
  const isDone = useRef(false);
  useEffect(
    () => () => {
      if (isDone.current) document.getElementById("main")?.focus({ preventScroll: true });
    },
    [],
  );
  return () => {
    isDone.current = true;
  };
}
