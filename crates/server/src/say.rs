//! What commands print. A reader that has had enough (`inkmeter charges alice | head`) ends the command, and nothing is
//! said about it. It ends like other programs then, as if by the signal: what nobody has read is no success.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Prints a line, like `println`, which would panic if nobody reads it.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}
pub(crate) use say;

/// Tells a line on standard error, like `eprintln`, which would panic if it cannot be written: on a full disk, say.
macro_rules! tell {
    ($($text:tt)*) => { $crate::say::tell_line(format_args!($($text)*)) };
}
pub(crate) use tell;

/// Tells a line on standard error, if that can be written, in the form of the log.
pub(crate) fn tell_line(text: Arguments<'_>) {
    crate::log::tell(&text.to_string());
}

/// What a process ends with that SIGPIPE has ended.
pub(crate) const UNREAD: u8 = 128 + 13;

/// Prints a line. If nobody reads any more, the process ends as by SIGPIPE; if it cannot be written for another reason,
/// a full disk, the process fails.
pub(crate) fn line(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(problem) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        if problem.kind() == ErrorKind::BrokenPipe {
            std::process::exit(UNREAD.into());
        }
        tell!("inkmeter: the output cannot be written: {problem}");
        std::process::exit(1);
    }
}

/// True if a command ended because nobody reads what it prints.
pub(crate) fn nobody_reads(problem: &(dyn Error + 'static)) -> bool {
    let of_json = problem.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    let kind = problem.downcast_ref::<io::Error>().map(io::Error::kind).or(of_json);
    kind == Some(ErrorKind::BrokenPipe)
}

/// A path as it is written in a shell's line, which is to be copied.
pub(crate) fn in_shell(path: &Path) -> String {
    let shown = path.to_string_lossy().into_owned();
    shlex::try_quote(&shown).map(Into::into).unwrap_or(shown)
}

/// So many of them: `1 charge`, `2 charges`.
pub(crate) fn count(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_can_be_copied_into_a_shell() {
        let shown = ["data", "my books", "it's"].map(|path| in_shell(Path::new(path)));
        let said = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("printf '%s|' {}", shown.join(" ")))
            .output();
        assert_eq!(said.unwrap().stdout, b"data|my books|it's|");
        assert_eq!(shown[0], "data");
    }
}
