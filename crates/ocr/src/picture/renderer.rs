//! Pages of PDFs rendered by a process of its own. A small document can ask for work without end, and no renderer stops
//! half way when told; a process can be limited by the system, and killed.
//!
//! It gets the document on standard input. On standard output it says `page WIDTH HEIGHT` in a line and gives the
//! pixels, or it says the code of an error and its reason.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

use super::{MAX_BYTES, Picture, broken, pdf};
use crate::ReadError;
use crate::memory::{Memory, Share};

/// How often somebody looks whether the page is still wanted.
const LOOK: Duration = Duration::from_millis(50);
/// Most bytes of the first line.
const MAX_HEAD_BYTES: u64 = 1024;

/// Where pages of PDFs are rendered.
#[derive(Debug, Clone)]
pub struct Renderer {
    /// A program that does as [`render_page`] when it is called with `render-page --page … --memory-bytes … --cpu-s …`.
    pub program: PathBuf,
    /// How long it may take for a page; it is killed then.
    pub timeout: Duration,
    /// How much address space it may take beyond what it begins with, in bytes.
    pub memory_bytes: u64,
}

impl Renderer {
    /// The program that runs, even if another file has taken its place meanwhile: it must do as [`render_page`] says.
    pub const OURSELVES: &str = "/proc/self/exe";

    /// The program that runs, with as much time and memory for a page as a server gives if it is not told otherwise.
    pub fn ourselves() -> Renderer {
        Renderer { program: Self::OURSELVES.into(), timeout: Duration::from_secs(10), memory_bytes: 1 << 30 }
    }
}

/// The program's side: limits this process, renders a page of the PDF on standard input, and writes it to standard
/// output.
///
/// # Errors
/// If the limits cannot be set, or nobody listens.
pub fn render_page(page: u32, memory_bytes: u64, cpu_s: u64) -> io::Result<()> {
    // Nobody needs the page if whoever asked for it is gone.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let limits = [
        (Resource::As, address_space_bytes()? + memory_bytes),
        (Resource::Cpu, cpu_s),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let rendered = pdf::render(&bytes, page, &mut Memory::new(memory_bytes).share_while(&|| true));
    let mut output = io::stdout().lock();
    match rendered {
        Ok(picture) => {
            writeln!(output, "page {} {}", picture.width, picture.height)?;
            output.write_all(&picture.rgb)?;
        }
        Err(problem) => writeln!(output, "{} {}", problem.code(), problem.detail().replace('\n', " "))?,
    }
    output.flush()
}

/// What this process has of it already: the program itself, and what its allocator keeps ready.
fn address_space_bytes() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB")?.parse().ok());
    kib.map(|kib: u64| kib * 1024).ok_or_else(|| io::Error::other("no size in /proc/self/status"))
}

/// A process that ends with its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Has a page rendered, as long as that is wanted.
pub(super) fn render(
    renderer: &Renderer,
    bytes: &[u8],
    page: u32,
    share: &mut Share<'_>,
) -> Result<Picture, ReadError> {
    let failed = |problem: io::Error| ReadError::Engine(format!("the renderer of PDFs: {problem}"));
    // What waited for whole seconds has used no more of them.
    let cpu_s = renderer.timeout.as_secs() + 1;
    let child = Command::new(&renderer.program)
        .args(["render-page", "--page", &page.to_string()])
        .args(["--memory-bytes", &renderer.memory_bytes.to_string(), "--cpu-s", &cpu_s.to_string()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut child = Killed(child);
    let (input, output) = (child.0.stdin.take(), child.0.stdout.take());
    let (Some(input), Some(output)) = (input, output) else {
        return Err(ReadError::Engine("the renderer of PDFs has no pipes".to_owned()));
    };
    let deadline = Instant::now() + renderer.timeout;
    let picture = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        // It ends when the process does.
        scope.spawn(move || sender.send(exchange(bytes, input, output)));
        let ended = loop {
            match receiver.recv_timeout(LOOK) {
                Ok(picture) => break picture,
                Err(RecvTimeoutError::Disconnected) => break Err(broken("the PDF is malformed")),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(unwanted) = share.check_wanted() {
                break Err(unwanted);
            }
            if Instant::now() >= deadline {
                let s = renderer.timeout.as_secs_f32();
                break Err(ReadError::Size(format!("the page took longer than {s} s to render")));
            }
        };
        drop(child);
        ended
    })?;
    share.take(picture.rgb.len() as u64)?;
    Ok(picture)
}

/// Gives the document and takes the page.
fn exchange(bytes: &[u8], mut input: impl Write, output: impl Read) -> Result<Picture, ReadError> {
    // Whoever does not take it all may still say why.
    let _ = input.write_all(bytes);
    drop(input);
    let died = || broken("the PDF is malformed, or takes too much memory to render");
    let mut output = BufReader::new(output);
    let mut head = String::new();
    (&mut output).take(MAX_HEAD_BYTES).read_line(&mut head).map_err(|_| died())?;
    let (word, rest) = head.trim_end().split_once(' ').ok_or_else(died)?;
    if word != "page" {
        return Err(ReadError::of(word, rest));
    }
    let size =
        rest.split_once(' ').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height): (usize, usize) = size.ok_or_else(died)?;
    pdf::check_page(width as u64, height as u64)?;
    let mut rgb = vec![0; width * height * 3];
    output.read_exact(&mut rgb).map_err(|_| died())?;
    match output.read(&mut [0]) {
        Ok(0) => Ok(Picture { width, height, rgb }),
        _ => Err(died()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a renderer that is a script.
    fn rendered(
        script: &str,
        timeout: Duration,
        wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<Picture, ReadError> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("renderer");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&program, executable).unwrap();
        let renderer = Renderer { program, timeout, memory_bytes: 1 << 30 };
        render(&renderer, &[b'%'; 1 << 20], 1, &mut Memory::new(1 << 20).share_while(wanted))
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn what_it_says_is_checked() {
        let pixels = "head -c 1200 /dev/zero";
        let page =
            rendered(&format!("/bin/cat >/dev/null; echo page 20 20; /usr/bin/{pixels}"), PATIENCE, &|| true);
        assert_eq!(page, Ok(Picture { width: 20, height: 20, rgb: vec![0; 1200] }));
        for (script, code) in [
            ("exit 1", "AIS.0102"),
            ("kill -ABRT $$", "AIS.0102"),
            ("echo nonsense", "AIS.0102"),
            ("echo page 20 20; echo short", "AIS.0102"),
            ("echo page 20 20; /usr/bin/head -c 1201 /dev/zero", "AIS.0102"),
            ("echo page 20000 20000", "AIS.0103"),
            ("echo page 1 99999999999999999999", "AIS.0102"),
            ("echo AIS.0101 there is no such page", "AIS.0101"),
            ("/bin/cat >/dev/null; exec /usr/bin/head -c 99999999 /dev/zero", "AIS.0102"),
        ] {
            assert_eq!(rendered(script, PATIENCE, &|| true).unwrap_err().code(), code, "{script}");
        }
    }

    #[test]
    fn it_is_killed_when_it_takes_too_long_or_nobody_waits() {
        let late = rendered("exec /bin/sleep 600", Duration::from_millis(100), &|| true);
        assert_eq!(late.unwrap_err().code(), "AIS.0103");
        let unwanted = rendered("exec /bin/sleep 600", PATIENCE, &|| false);
        assert_eq!(unwanted, Err(ReadError::Unwanted));
    }
}
