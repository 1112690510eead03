//! What a developer runs beside the tests: `cargo xtask COMMAND`.

#![forbid(unsafe_code)]

mod bench;
mod bench_bill;
mod bench_charge;
mod bench_history;
mod bench_http;
mod bench_nodes;
mod bench_ocr;
mod bench_raw;
mod bench_soak;
mod compat;
mod fuzz_decoders;
mod openapi;
mod specimens;
mod test_cluster;

use std::error::Error;
use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const HELP: &str = "\
cargo xtask COMMAND [ARGUMENTS]

Benchmarks. Each compares with something measured in the same run on the same machine, repeats runs
that a busy machine spoiled, and ends with one line per figure: RATIO <name> <value> <target>. A value is to
be at least its target; those whose names begin with ocr_cer_ (shares of wrong characters) soak_ or fuzz_ at most.

  bench-raw [--without-postgres] [FOLDER]
                       What the disk allows, and what the journal makes of it: durable appends per second
                       by 1, 64 and 1,024 callers, with a bare write and fdatasync, with the journal's
                       group commit, and beside them PostgreSQL with one transaction per charge. Where it is
                       not installed its figures are missing and the command fails, unless it was left out.
                       FOLDER is on the disk to be measured; target/bench unless given.

  bench-charge [--only 1024|http] [--without-postgres] [FOLDER]
                       What a charge costs: durable charges per second in process by 1, 64 and 1,024 callers,
                       over a thousand accounts and all on one, and over HTTP with an eye that sees nothing;
                       beside the disk's limit, PostgreSQL, and the bare HTTP server of the same build. And the journal
                       in PostgreSQL, on one server and on three, beside a transaction for each charge there.

  bench-http [FOLDER]  What a signed call with a charge costs over HTTP with an eye that sees nothing, beside the
                       health endpoint of the same server and the sync of the disk; and the checking of a
                       signature alone.

  bench-bill [CHARGES] [FOLDER]
                       A month of a million charges (or so many) over a thousand accounts, closed and exported
                       by the real server as CSV, XLSX, PDF and FOCUS: how long it takes, and the most memory
                       it holds, beside a tenth of the charges. Every file is read back and added up.

  bench-history [CHARGES] [FOLDER]
                       What ten million charges (or so many) weigh, and whether anything gets slower as they add up,
                       beside a tenth of them: bytes on disk, opening after a kill -9, the month's bill, backup and
                       restore, the moves into PostgreSQL and back, and the proof of every law.

  bench-nodes [FOLDER] What a second and a third node add, each with a quarter of a processor, on one PostgreSQL.
                       Runs as root: the share is a control group's.

  bench-soak [MINUTES] [FOLDER]
                       An hour (or so many minutes) of more calls than the real server can answer, with pictures of all
                       sizes: whether its memory grows, and whether anybody waits longer than the queue is long.

  bench-ocr [FOLDER]   How well and how fast pictures are read, beside Python RapidOCR. FOLDER holds
                       pictures and their truth.json; the committed test pictures unless given.
                       Models are taken from INKMETER_MODELS, or data/models (`make models`).
  bench-ocr --kinds [--each N] [--seed S] [--only CALL] [--misses]
                       How well the fields of documents are found, on N clean and N noisy fresh specimens of
                       every kind (10 unless given); with --misses, which were not. Part of the one above.

  bench-ocr tables [FOLDER]
                       How well tables are found: similarity to what is there, by kind of table, over pages that
                       are drawn for it, or those of FOLDER with their truth.json.

  bench-ocr pages [FOLDER]
                       How well the pairs and the parts of pages are found, clean and as photographed by hand, on
                       pages that are drawn for it, or those of FOLDER with their truth.json.

Tests:

  test-cluster [--faults N] [--callers N] [--seed S] [FOLDER]
                       Three nodes on a three-node PostgreSQL under Patroni with etcd, on the loopback of this
                       machine: 64 callers charge while nodes, databases and the network between them are killed,
                       frozen and cut, a hundred times unless given. Every acknowledged charge must be in the books
                       once, and nothing else. Needs Debian's postgresql, patroni and etcd-server.

  fuzz-decoders [MINUTES] [--first N]
                       An hour (or so many minutes) of damaged files for the decoders of all formats. A file at which
                       decoding ends the process, hangs or takes too much memory is kept in target/.

Documents:

  compat               Writes the tables of docs/compat.md anew from docs/compat.toml.

  specimens [--out DIR [--each N] [--seed S]]
                       Draws documents of invented people with the tests' Python (`make test-python`): the
                       committed ones anew, or N clean and N noisy fresh ones of every kind into DIR, and what
                       stands on them.

  openapi              Writes docs/openapi.json anew from its parts in docs/openapi/ and the bodies of `wire`.

Benchmarks are run in the release profile, which `cargo xtask` does, on a machine with nothing else to do.
";

/// One command: its name, and what it does with its arguments.
type Command = (&'static str, fn(&[String]) -> Result<(), Box<dyn Error>>);

/// Every command; add new ones for people here and to [`HELP`].
const COMMANDS: [Command; 16] = [
    ("bench-raw", bench_raw::run),
    ("bench-charge", bench_charge::run),
    ("bench-http", bench_http::run),
    ("bench-ocr", bench_ocr::run),
    ("bench-bill", bench_bill::run),
    ("bench-history", bench_history::run),
    ("bench-nodes", bench_nodes::run),
    ("bench-soak", bench_soak::run),
    ("compat", compat::run),
    ("fuzz-decoders", fuzz_decoders::run),
    ("openapi", openapi::run),
    ("specimens", specimens::run),
    ("test-cluster", test_cluster::run),
    // Not for people: what benchmarks start.
    ("render-page", bench_ocr::render_page),
    (fuzz_decoders::WORKER, fuzz_decoders::decode),
    (bench_history::CHARGE, bench_history::charge),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    let asks_for_help = |arg: &String| matches!(arg.as_str(), "help" | "--help" | "-h");
    if asks_for_help(name) || rest.first().is_some_and(asks_for_help) {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let Some((_, run)) = COMMANDS.iter().find(|(command, _)| command == name) else {
        eprintln!("there is no command {name}\n\n{HELP}");
        return ExitCode::from(2);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// An error and what caused it, on one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
